//! One function process in a process group of its own: started, watched, and ended with all it started itself.

use std::collections::BTreeMap;
use std::io;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{ExitStatus, Stdio};
use std::sync::Arc;
use std::time::Duration;

use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;
use tokio::process::{Child, Command};

use super::guard::Guard;
use super::logs::Logs;

/// Time between SIGTERM and SIGKILL. Lambda gives a function with an internal extension 500 ms to shut down.
const GRACE: Duration = Duration::from_millis(500);
/// Time the kernel gets to take a killed process away.
const REAP_LIMIT: Duration = Duration::from_secs(5);

/// A running function process.
#[derive(Debug)]
pub(super) struct Process {
    child: Child,
    group: Pid,
    guard: Arc<Guard>,
    /// Its output.
    pub(super) logs: Logs,
}

impl Process {
    /// Starts `binary` with exactly `environment`.
    pub(super) async fn start(
        function: &str,
        binary: &Path,
        environment: &BTreeMap<String, String>,
        guard: Arc<Guard>,
    ) -> io::Result<Self> {
        let (logs, stdout, stderr) = Logs::open(function)?;
        let child = Command::new(binary)
            .env_clear()
            .envs(environment)
            .current_dir(binary.parent().unwrap_or(Path::new("/")))
            .stdin(Stdio::null())
            .stdout(stdout)
            .stderr(stderr)
            .process_group(0)
            .kill_on_drop(true)
            .spawn()?;
        let id = child.id().and_then(|id| i32::try_from(id).ok());
        let group = Pid::from_raw(id.ok_or_else(|| io::Error::other("the process has no id"))?);
        guard.watch(group).await;
        Ok(Self { child, group, guard, logs })
    }

    /// Waits until the process has ended, and says how. Can be cancelled and called again.
    pub(super) async fn exited(&mut self) -> String {
        self.child.wait().await.map_or_else(|error| error.to_string(), describe)
    }

    /// Whether the process has not ended yet.
    pub(super) fn runs(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }

    /// Stops the process group where it is: nothing of it runs until it is thawed.
    pub(super) fn freeze(&self) {
        self.signal(Signal::SIGSTOP);
    }

    /// Kills the process group; who waits for its end sees it.
    pub(super) fn crash(&self) {
        self.signal(Signal::SIGKILL);
    }

    /// Lets the process group go on.
    pub(super) fn thaw(&self) {
        self.signal(Signal::SIGCONT);
    }

    /// A group that has already ended needs no signal: ESRCH is no failure here.
    fn signal(&self, signal: Signal) {
        killpg(self.group, signal).ok();
    }

    /// Ends the process group, frozen or not, with a signal that asks it to, or at once with SIGKILL, which follows after
    /// a bounded time. Gives the last 4 KB of its output.
    pub(super) async fn end(mut self, first: Signal) -> Vec<u8> {
        if self.runs() {
            self.signal(first);
            // A frozen process sees no signal but SIGKILL before it goes on; this one is already waiting then.
            self.thaw();
            if tokio::time::timeout(GRACE, self.child.wait()).await.is_err() {
                self.signal(Signal::SIGKILL);
                drop(tokio::time::timeout(REAP_LIMIT, self.child.wait()).await);
            }
        }
        self.signal(Signal::SIGKILL);
        self.guard.forget(self.group).await;
        self.logs.close().await
    }
}

/// The end of a process in the words Lambda's `Runtime.ExitError` uses.
fn describe(status: ExitStatus) -> String {
    match (status.code(), status.signal().map(Signal::try_from)) {
        (Some(0), _) => "Runtime exited without providing a reason".to_owned(),
        (Some(code), _) => format!("Runtime exited with error: exit status {code}"),
        (None, Some(Ok(signal))) => format!("Runtime exited with error: signal: {}", signal_name(signal)),
        (None, _) => format!("Runtime exited with error: {status}"),
    }
}

fn signal_name(signal: Signal) -> &'static str {
    match signal {
        Signal::SIGABRT => "aborted",
        Signal::SIGKILL => "killed",
        Signal::SIGSEGV => "segmentation fault",
        Signal::SIGTERM => "terminated",
        other => other.as_str(),
    }
}
