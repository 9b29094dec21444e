//! The guard ensures that no function process outlives the runner, even if the runner is killed with `kill -9`.
//!
//! A runtime that is polling ends when the Runtime API's connection breaks. A busy handler does not notice this, and
//! neither does a frozen instance. Therefore a shell reads standard input, whose other end only the runner holds open.
//! When the input ends, the shell kills the process groups that are still on its list. A parent-death signal set
//! between fork and exec would need `unsafe`; the guard needs only a POSIX `sh`.

use std::io;
use std::process::Stdio;

use nix::unistd::Pid;
use tokio::io::AsyncWriteExt;
use tokio::process::{Child, ChildStdin, Command};
use tokio::sync::Mutex;

/// Input lines `+ <group>` and `- <group>` add and remove process groups. The end of input kills the remaining groups.
const SCRIPT: &str = r#"
trap '' HUP INT TERM
groups=' '
while read -r sign group; do
  case "$sign$groups" in
    +*) groups="$groups$group " ;;
    -*" $group "*) groups="${groups%% $group *} ${groups#* $group }" ;;
  esac
done
for group in $groups; do kill -s KILL -- "-$group"; done
"#;

/// The running guard. When it is dropped, the shell kills every remaining group and ends.
#[derive(Debug)]
pub(super) struct Guard {
    list: Mutex<ChildStdin>,
    // Kept to reap the shell when it ends.
    _shell: Child,
}

impl Guard {
    /// Starts the guard in its own process group, which a Ctrl-C in the terminal does not reach.
    pub(super) fn start() -> io::Result<Self> {
        let mut shell = Command::new("sh")
            .args(["-c", SCRIPT])
            .env_clear()
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()?;
        let list = shell.stdin.take().ok_or_else(|| io::Error::other("the guard has no standard input"))?;
        Ok(Self { list: Mutex::new(list), _shell: shell })
    }

    /// Adds a process group to the list.
    pub(super) async fn watch(&self, group: Pid) {
        self.write(&format!("+ {group}\n")).await;
    }

    /// Removes an ended process group from the list before the system reuses its number.
    pub(super) async fn forget(&self, group: Pid) {
        self.write(&format!("- {group}\n")).await;
    }

    async fn write(&self, line: &str) {
        let written = self.list.lock().await.write_all(line.as_bytes()).await;
        if let Err(error) = written {
            tracing::warn!(%error, "the guard has ended; a killed runner would leave busy functions behind");
        }
    }
}
