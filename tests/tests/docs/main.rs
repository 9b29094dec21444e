//! Runs the commands of the project's pages on the embedded stack, and checks the commands that need more than that.
//!
//! A fenced block says what it is with its info string:
//!
//! | info string | meaning |
//! | --- | --- |
//! | `sh` | commands that this test runs, in page order, in one shell for each page |
//! | `sh stack` | starts the page's stack, as in another terminal |
//! | `sh aws`, `sh docker` | commands that need AWS or Docker: only checked |
//! | `sh long <leg>` | commands that take too long here: only checked; the named leg of `.ci/run` runs them |
//! | `text`, `json`, `rust`, `ts`, `yaml` | not commands |
//!
//! A curl command that ends with a comment such as `# 404` must get that status. Other curl commands must succeed.
#![cfg(test)]

mod command;
mod inline;
mod page;
mod project;
mod run;
mod words;

use std::collections::BTreeSet;
use std::path::PathBuf;

use localstack::binaries::Binaries;

use crate::page::{Block, Kind, Page};
use crate::project::Project;

/// The guide that `tests/generator/check` follows word for word. It changes code and compiles it, which takes minutes,
/// so the guide's blocks have the form that this check reads.
const FOLLOWED_ELSEWHERE: (&str, &str) = ("docs/add-an-aggregate.md", "tests/generator/check");

/// The binary behind `cargo local`.
const BINARY: &str = "localstack";

/// The changes of earlier versions. They name what existed at that time.
const HISTORY: &str = "CHANGELOG.md";

#[tokio::test(flavor = "multi_thread")]
async fn every_command_of_every_page_works() {
    let mut project = Project::read();
    let pages: Vec<Page> = Page::all(&project.root)
        .into_iter()
        .filter(|page| page.path != FOLLOWED_ELSEWHERE.0 && page.path != HISTORY)
        .collect();
    assert!(pages.len() >= 60, "only {} pages found", pages.len());
    let mut faults: Vec<String> = Vec::new();
    for page in &pages {
        let blocks = page.blocks();
        faults.extend(blocks.iter().flat_map(|block| block_faults(&project, page, block)));
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));

    let binary = binary(&project).await;
    for result in run::run_all(&project, &pages, &binary) {
        match result {
            Ok(files) => project.add(&files),
            Err(fault) => faults.push(fault),
        }
    }
    // Last, because pages also name files that their commands generate.
    faults.extend(pages.iter().flat_map(|page| inline::faults(&project, page)));
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// Builds the binary behind `cargo local`.
async fn binary(project: &Project) -> PathBuf {
    let wanted = BTreeSet::from([BINARY.to_owned()]);
    let built = Binaries::build(&project.root, &wanted, false).await.expect("the binary of `cargo local`");
    built.path(BINARY).expect("a binary").to_owned()
}

#[test]
fn the_guide_is_followed_by_its_own_check() {
    let project = Project::read();
    let (page, check) = FOLLOWED_ELSEWHERE;
    let leg = project.legs.iter().find(|(_, command)| command.contains(check));
    assert!(leg.is_some(), "no leg of .ci/run runs {check}, so nothing follows {page}");
    let script = std::fs::read_to_string(project.root.join(check)).expect("a script");
    assert!(script.contains(&format!("follow.py\" {page}")), "{check} does not follow {page}");
}

/// The faults of a block that show without running it.
fn block_faults(project: &Project, page: &Page, block: &Block) -> Vec<String> {
    let place = |line: usize| format!("{}:{line}", page.path);
    let kind = match Kind::of(&block.info) {
        Ok(kind) => kind,
        Err(cure) => return vec![format!("{}: {cure}", place(block.line))],
    };
    if kind == Kind::Data {
        return Vec::new();
    }
    if let Err(problem) = run::syntax(&block.text()) {
        return vec![format!("{}: {problem}", place(block.line))];
    }
    let mut faults: Vec<String> = Vec::new();
    if let Kind::Long(leg) = &kind
        && !project.legs.contains_key(leg)
    {
        faults.push(format!("{}: .ci/run has no leg {leg}; name the leg that runs this", place(block.line)));
    }
    for command in words::commands(&block.lines, block.line + 1) {
        let checked = command::check(project, &command.words, command::Form::Whole);
        let checked = checked.and_then(|()| fits(&kind, &command.words));
        faults.extend(checked.err().map(|problem| format!("{}: {problem}", place(command.line))));
    }
    faults
}

/// Whether a command may stand in a block of this kind.
fn fits(kind: &Kind, words: &[String]) -> Result<(), String> {
    let serves = command::serves(words);
    match kind {
        Kind::Stack if !serves => Err("a block `sh stack` may only start stacks; mark it `sh`".to_owned()),
        Kind::Run if serves => Err("this serves until Ctrl-C; mark the block `sh stack`".to_owned()),
        Kind::Run if matches!(words.first().map(String::as_str), Some("aws" | "sam" | "docker")) => {
            Err("this needs AWS or Docker; mark the block `sh aws` or `sh docker`".to_owned())
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{binary, block_faults, inline, run};
    use crate::page::Page;
    use crate::project::Project;

    /// Each page is broken in one way, which the message names with the line.
    const BROKEN: [(&str, &str); 15] = [
        ("```\ncargo local\n```", ":1: this block has no kind"),
        ("```bash\ncargo local\n```", ":1: this block has no kind"),
        ("text\n```sh long gone\ncargo test\n```", ":2: .ci/run has no leg gone"),
        ("```sh\nif true; do\n```", ":1: bash"),
        ("```sh\ncargo local\n```", ":2: this serves until Ctrl-C"),
        ("```sh\naws dynamodb scan --table-name EventTable\n```", ":2: this needs AWS"),
        ("```sh stack\ncargo local token --sub a\n```", ":2: a block `sh stack` may only start"),
        ("```sh\ncargo local token --subject a\n```", ":2: cargo local: unexpected argument '--subject'"),
        ("```sh stack\ncargo local --param Gone=1\n```", ":2: template.yaml has no parameter Gone"),
        ("```sh long test\ncargo test --workspace --test gone\n```", ":2: there is no test gone"),
        ("```sh long test\ncargo test -p gone\n```", ":2: there is no package gone"),
        ("```sh long fuzz\n# why\n.ci/fuzz\n.ci/gone --for 1\n```", ":4: .ci/gone does not exist"),
        (
            "```sh aws\naws lambda invoke \\\n  --function gone\n```",
            ":2: aws lambda invoke: no option --function",
        ),
        (
            "```sh aws\nsam deploy --parameter-overrides Gone=1\n```",
            ":2: template.yaml has no parameter Gone",
        ),
        (
            "```sh aws\naws lambda invoke --payload fileb://events/gone.json\n```",
            ":2: events/gone.json does not exist",
        ),
    ];

    #[test]
    fn a_broken_block_is_found() {
        let project = Project::read();
        for (text, expected) in BROKEN {
            let page = Page::new("page.md", text);
            let found: Vec<_> =
                page.blocks().iter().flat_map(|block| block_faults(&project, &page, block)).collect();
            let expected = format!("page.md{expected}");
            assert!(found.len() == 1 && found[0].starts_with(&expected), "{text}\n{found:?}\n{expected}");
        }
    }

    #[test]
    fn a_command_that_fails_is_found_with_its_line() {
        let project = Project::read();
        let text = "# Page\n```sh\ngit status\ngit no-such-command\necho later\n```\n";
        let found = run::run_all(&project, &[Page::new("failing.md", text)], Path::new("no-stack"));
        let [Err(message)] = &found[..] else { panic!("{found:?}") };
        assert!(
            message.contains("failing.md:4: this command failed") && !message.contains("later"),
            "{message}"
        );
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_wrong_status_and_a_stack_that_does_not_start_are_found() {
        let project = Project::read();
        let orders = "http://127.0.0.1:3000/queries/orders";
        let status = format!(
            "```sh stack\ncargo local\n```\n```sh\ncurl {orders}  # 401\ncurl -i {orders}  # 200\n```"
        );
        let option = "```sh stack\ncargo local --param PriceSource=nobody\n```";
        let pages = [Page::new("status.md", &status), Page::new("option.md", option)];
        let mut found = run::run_all(&project, &pages, &binary(&project).await);
        found.sort();
        let [Err(option), Err(status)] = &found[..] else { panic!("{found:?}") };
        assert!(status.contains("status is 401, not 200\n  status.md:6: this command failed"), "{status}");
        assert!(
            option.contains("PriceSource") && option.contains("option.md:2: this command failed"),
            "{option}"
        );
    }

    #[test]
    fn a_broken_command_or_path_in_a_sentence_is_found() {
        let project = Project::read();
        let text = "Run `cargo simulate --seed 1`, `tests/all`\nand `cargo local token --port …`.\n\n| `cargo \
                    simulat` | `tests/gone/check` |\n\n`docs/<page>.md`, `docs/gone/<page>.md`, `application/json`\n\
                    `cargo local tokens`";
        let found = inline::faults(&project, &Page::new("page.md", text));
        let expected =
            ["page.md:4: cargo has no command simulat", "page.md:4: tests/gone/check does not exist"];
        assert_eq!(found[..2], expected);
        assert_eq!(found[2], "page.md:6: docs/gone does not exist");
        assert!(found[3].starts_with("page.md:7: cargo local: "), "{}", found[3]);
        assert_eq!(found.len(), 4, "{found:?}");
    }
}
