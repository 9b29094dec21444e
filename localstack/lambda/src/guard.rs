//! The guard: no function process outlives the runner, even if the runner is killed with `kill -9`.
//!
//! A runtime that is polling ends by itself when the Runtime API's connection breaks, but a handler that is busy
//! does not notice, and a frozen instance notices nothing at all. So a shell waits for the end of its standard input,
//! which only the runner holds open, and then kills the process groups that are still on its list. That needs neither
//! `unsafe` (as a parent-death signal set between fork and exec would) nor anything but a POSIX `sh`.

use std::io;
use std::process::Stdio;

use nix::unistd::Pid;
use tokio::io::AsyncWriteExt;
use tokio::process::{Child, ChildStdin, Command};
use tokio::sync::Mutex;

/// Lines `+ <group>` and `- <group>` keep the list; the end of input kills what is left on it.
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

/// The running guard; dropping it makes it kill every group still listed and end.
#[derive(Debug)]
pub(super) struct Guard {
    list: Mutex<ChildStdin>,
    // Kept so that the process is reaped when the guard ends.
    _shell: Child,
}

impl Guard {
    /// Starts the guard in a process group of its own, out of reach of a Ctrl-C in the terminal.
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

    /// Puts a process group on the list.
    pub(super) async fn watch(&self, group: Pid) {
        self.write(&format!("+ {group}\n")).await;
    }

    /// Takes a process group that has ended off the list, before its number can be used again.
    pub(super) async fn forget(&self, group: Pid) {
        self.write(&format!("- {group}\n")).await;
    }

    async fn write(&self, line: &str) {
        let written = self.list.lock().await.write_all(line.as_bytes()).await;
        if let Err(error) = written {
            tracing::warn!(%error, "the guard is gone: a killed runner would leave busy functions behind");
        }
    }
}
