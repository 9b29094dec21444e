//! Runs the commands of a page in one shell.

use std::fs;
use std::hash::{BuildHasher, RandomState};
use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::Mutex;
use std::time::{Duration, Instant};
use std::{io, thread};

use uuid::Uuid;

use crate::page::{Block, Kind, Page};
use crate::project::{Project, files};

/// The folder of what the runs leave: for each page its commands, their output and the messages of its last stack.
const NOTES: &str = "target/docs";
/// The port of the HTTP API in the pages. The next two ports are those of the AWS endpoint and the console.
const PORT: u16 = 3000;
/// How many pages run at the same time.
const AT_ONCE: usize = 3;

/// The longest run of a page. Its stack may compile the functions first.
const LONGEST: Duration = Duration::from_hours(1);
/// The longest wait for the end of a shell whose commands were ended.
const END: Duration = Duration::from_mins(1);
/// The pause between two looks at a shell.
const PAUSE: Duration = Duration::from_millis(100);

/// Checks the syntax of shell commands.
///
/// # Errors
/// Bash's message.
pub(crate) fn syntax(text: &str) -> Result<(), String> {
    let output = Command::new("bash").args(["-n", "-c", text]).output().map_err(|error| error.to_string())?;
    let message = String::from_utf8_lossy(&output.stderr).trim().to_owned();
    if output.status.success() { Ok(()) } else { Err(message) }
}

/// Runs the pages that have commands to run, a few at a time. The result of each is the files after it, or the end of its output
/// if a command failed.
pub(crate) fn run_all(project: &Project, pages: &[Page], binary: &Path) -> Vec<Result<Vec<String>, String>> {
    let pages: Vec<&Page> = pages.iter().filter(|page| page.blocks().iter().any(is_run)).collect();
    let workers = AT_ONCE.min(pages.len());
    let (next, results) = (Mutex::new(pages.into_iter()), Mutex::new(Vec::new()));
    thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(|| {
                let copy = Copy::new(&project.root);
                while let Some(page) = taken(&next) {
                    let result = run(project, page, &copy.folder, binary);
                    results.lock().expect("results").push(result);
                }
            });
        }
    });
    results.into_inner().expect("results")
}

fn taken<'p>(pages: &Mutex<impl Iterator<Item = &'p Page>>) -> Option<&'p Page> {
    pages.lock().expect("pages").next()
}

fn is_run(block: &Block) -> bool {
    matches!(Kind::of(&block.info), Ok(Kind::Run | Kind::Stack))
}

/// Runs the commands of a page in a copy of the project, and returns the files that the copy has then.
fn run(project: &Project, page: &Page, copy: &Path, binary: &Path) -> Result<Vec<String>, String> {
    let port = free_port();
    let notes = project.root.join(NOTES).join(page.path.replace('/', "-"));
    let (commands, output) = (notes.join("commands.sh"), notes.join("output"));
    fs::create_dir_all(&notes).map_err(|error| format!("{}: {error}", notes.display()))?;
    fs::write(&commands, script(page, port)).map_err(|error| error.to_string())?;
    let log = fs::File::create(&output).map_err(|error| error.to_string())?;
    let errors = log.try_clone().map_err(|error| error.to_string())?;
    let person = ["GIT_AUTHOR_NAME", "GIT_AUTHOR_EMAIL", "GIT_COMMITTER_NAME", "GIT_COMMITTER_EMAIL"];
    let mut shell = Command::new("bash");
    shell
        .args(["-euo", "pipefail"])
        .arg(&commands)
        .current_dir(copy)
        .env("BASH_ENV", concat!(env!("CARGO_MANIFEST_DIR"), "/tests/docs/shell.sh"))
        .env("PAGE", &page.path)
        .env("NOTES", &notes)
        .env("PROJECT", &project.root)
        .env("LOCALSTACK", binary)
        .env("PORT", port.to_string())
        .envs(person.map(|name| (name, "docs@example.com")))
        .stdin(Stdio::null())
        .stdout(log)
        .stderr(errors);
    let status = status_within(&mut shell, LONGEST).map_err(|error| format!("bash: {error}"))?;
    let fault = match status {
        Some(status) if status.success() => return Ok(files(copy)),
        Some(_) => "a command fails".to_owned(),
        None => format!("the commands take longer than {} minutes", LONGEST.as_secs() / 60),
    };
    let text = fs::read_to_string(&output).unwrap_or_default();
    let lines: Vec<&str> = text.lines().collect();
    let last = lines[lines.len().saturating_sub(30)..].join("\n  ");
    Err(format!(
        "{}: {fault}; {} has the whole output, which ends with\n  {last}",
        page.path,
        output.display()
    ))
}

/// Runs a shell and returns its status. Ends a shell that runs longer than `longest`, and then returns `None`.
fn status_within(shell: &mut Command, longest: Duration) -> io::Result<Option<ExitStatus>> {
    let mut shell = shell.spawn()?;
    let deadline = Instant::now() + longest;
    while Instant::now() < deadline {
        if let Some(status) = shell.try_wait()? {
            return Ok(Some(status));
        }
        thread::sleep(PAUSE);
    }
    end(&mut shell)?;
    Ok(None)
}

/// Ends the running command of a shell, after which the shell ends too and stops its stack. A signal to the shell itself
/// would wait for the running command. A shell that does not end, or cannot be signalled, is killed.
fn end(shell: &mut Child) -> io::Result<()> {
    Command::new("pkill").args(["-TERM", "-P", &shell.id().to_string()]).status().ok();
    let deadline = Instant::now() + END;
    while Instant::now() < deadline {
        if shell.try_wait()?.is_some() {
            return Ok(());
        }
        thread::sleep(PAUSE);
    }
    shell.kill()?;
    shell.wait().map(|_| ())
}

/// The commands of a page, each on its own line of the page, so that bash's messages have the page's line numbers.
fn script(page: &Page, port: u16) -> String {
    let mut lines = vec![String::new(); page.len()];
    for block in page.blocks().iter().filter(|block| is_run(block)) {
        let text = with_statuses(&block.lines);
        lines[block.line..block.line + text.len()].clone_from_slice(&text);
    }
    let text = lines.join("\n");
    (0..3).fold(text, |text, number| {
        text.replace(&format!("127.0.0.1:{}", PORT + number), &format!("127.0.0.1:{}", port + number))
    })
}

/// Sets the expected status before each curl command: the one in the comment behind the command, or none.
fn with_statuses(lines: &[String]) -> Vec<String> {
    let mut result = lines.to_vec();
    let mut first = 0;
    for (number, line) in lines.iter().enumerate() {
        if line.ends_with('\\') {
            continue;
        }
        if lines[first].starts_with("curl ") || lines[first].contains("=$(curl ") {
            let status = line.rsplit_once("# ").map_or("", |(_, status)| status.trim());
            let is_status = status.len() == 3 && status.chars().all(|digit| digit.is_ascii_digit());
            let status = if is_status { status } else { "" };
            result[first] = format!("expected={status}; {}", lines[first]);
        }
        first = number + 1;
    }
    result
}

/// A copy of the project, which is removed in the end.
struct Copy {
    folder: PathBuf,
}

impl Copy {
    fn new(root: &Path) -> Self {
        let folder = root.join(NOTES).join(format!("copy-{}", Uuid::now_v7()));
        for path in files(root) {
            let target = folder.join(&path);
            fs::create_dir_all(target.parent().expect("a folder")).expect("a folder");
            fs::copy(root.join(&path), target).expect("a copy");
        }
        Self { folder }
    }
}

impl Drop for Copy {
    fn drop(&mut self) {
        fs::remove_dir_all(&self.folder).ok();
    }
}

/// The first of three adjacent free ports, below the ports that systems give to clients.
fn free_port() -> u16 {
    let is_free = |port: u16| TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok();
    (0..1000_u32)
        .map(|number| {
            let random = RandomState::new().hash_one(number) % 10_000;
            20_000 + u16::try_from(random).unwrap_or_default()
        })
        .find(|port| (0..3).all(|next| is_free(port + next)))
        .expect("three adjacent free ports")
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::process::Command;
    use std::time::Duration;

    use uuid::Uuid;

    use super::{script, status_within, with_statuses};
    use crate::page::Page;

    #[test]
    fn a_shell_that_takes_too_long_is_ended_and_cleans_up() {
        let cleaned = std::env::temp_dir().join(format!("docs-{}", Uuid::now_v7()));
        let mut shell = Command::new("bash");
        shell.args(["-ec", "trap 'touch \"$CLEANED\"' EXIT; sleep 600; true"]).env("CLEANED", &cleaned);
        assert_eq!(status_within(&mut shell, Duration::from_millis(200)).unwrap(), None);
        fs::remove_file(cleaned).expect("the shell has cleaned up");
        let status = status_within(Command::new("bash").args(["-c", "exit 3"]), Duration::from_mins(1));
        assert_eq!(status.unwrap().and_then(|status| status.code()), Some(3));
    }

    #[test]
    fn a_comment_names_the_expected_status() {
        let lines = ["curl a  # 404", "A=$(curl b \\", "  -i)", "echo c # 201"].map(str::to_owned);
        let expected = ["expected=404; curl a  # 404", "expected=; A=$(curl b \\", "  -i)", "echo c # 201"];
        assert_eq!(with_statuses(&lines), expected);
    }

    #[test]
    fn commands_keep_their_lines_and_get_the_ports_of_the_stack() {
        let page = Page::new(
            "p.md",
            "a\n```sh\ncurl http://127.0.0.1:3001/x\n```\n```text\nno\n```\n  ```sh\n  b\n  ```\n",
        );
        let expected = "\n\nexpected=; curl http://127.0.0.1:21001/x\n\n\n\n\n\nb\n";
        assert_eq!(script(&page, 21_000), expected);
    }
}
