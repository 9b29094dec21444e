//! One function process in its own process group: started, watched, and ended together with its child processes.

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
use super::logs::{LogStream, Logs};

/// Time between SIGTERM and SIGKILL. Lambda gives a function with an internal extension 500 ms for its shutdown.
const GRACE: Duration = Duration::from_millis(500);
/// Time limit for the kernel to remove a killed process.
const REAP_LIMIT: Duration = Duration::from_secs(5);

/// A running function process.
#[derive(Debug)]
pub(super) struct Process {
    child: Child,
    group: Pid,
    guard: Arc<Guard>,
    /// The output of the process.
    pub(super) logs: Logs,
}

impl Process {
    /// Starts `binary` with exactly the variables in `environment`. Its output goes to `stream`.
    pub(super) async fn start(
        stream: LogStream,
        binary: &Path,
        environment: &BTreeMap<String, String>,
        guard: Arc<Guard>,
    ) -> io::Result<Self> {
        let (logs, stdout, stderr) = Logs::open(stream)?;
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

    /// Waits until the process has ended, and returns the reason. Safe to cancel and call again.
    pub(super) async fn exited(&mut self) -> String {
        self.child.wait().await.map_or_else(|error| error.to_string(), describe)
    }

    /// True while the process has not ended.
    pub(super) fn runs(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }

    /// Stops the process group until [`thaw`](Self::thaw).
    pub(super) fn freeze(&self) {
        self.signal(Signal::SIGSTOP);
    }

    /// Kills the process group. The supervisor, which waits for the end of the process, then sees a crash.
    pub(super) fn crash(&self) {
        self.signal(Signal::SIGKILL);
    }

    /// Continues a stopped process group.
    pub(super) fn thaw(&self) {
        self.signal(Signal::SIGCONT);
    }

    /// Sends a signal to the process group. The error ESRCH only means that the group has already ended.
    fn signal(&self, signal: Signal) {
        killpg(self.group, signal).ok();
    }

    /// Ends the process group, frozen or not. The signal `first` asks the group to end; SIGKILL follows after a time
    /// limit. Returns the last 4 KB of its output.
    pub(super) async fn end(mut self, first: Signal) -> Vec<u8> {
        if self.runs() {
            self.signal(first);
            // A frozen process receives no signal except SIGKILL until it continues. The pending signal arrives after
            // the thaw.
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

/// Describes the end of a process in the wording of Lambda's `Runtime.ExitError`.
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
