//! Counts instructions with callgrind, a tool of valgrind. The count does not depend on other work of the machine.

use std::fs;
use std::time::Duration;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use tokio::process::Command;
use tokio::time::sleep;

use crate::instance::Instance;
use crate::stack::{Stack, scratch};
use crate::subject::{SUBJECTS, Subject};
use crate::work::Work;
use crate::{Error, progress};

/// The number of warm invocations that are counted together.
pub(crate) const WARM: u32 = 25;

/// The number of consecutive checks that must find a process asleep.
const ASLEEP: usize = 5;
/// The pause before each check.
const PAUSE: Duration = Duration::from_millis(10);
/// The largest number of checks.
const CHECKS: usize = 1_000;

/// The numbers of instructions of one subject.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Counts {
    /// The instructions from the start of the process until it waits for its first event.
    pub(crate) init: u64,
    /// The instructions of the first invocation.
    pub(crate) first: u64,
    /// The mean of the later invocations.
    pub(crate) warm: u64,
}

/// Fails if valgrind is not installed, because the budget of instructions could not be checked.
pub(crate) async fn require() -> Result<(), Error> {
    let version = Command::new("valgrind").arg("--version").output().await;
    if version.is_ok_and(|output| output.status.success()) {
        return Ok(());
    }
    Err("valgrind is not installed, so no instructions are counted; run `.ci/machine --all`".into())
}

/// Counts the instructions of every subject.
pub(crate) async fn counts(stack: &Stack, work: &mut Work) -> Result<Vec<Counts>, Error> {
    let mut counts = Vec::new();
    for subject in &SUBJECTS {
        progress(&format!("counting instructions of {}", subject.name()))?;
        let mut totals = [0; 3];
        for (total, invocations) in totals.iter_mut().zip([0, 1, 1 + WARM]) {
            *total = total_of(stack, work, subject, invocations).await?;
        }
        let [init, one, all] = totals;
        let warm = all.saturating_sub(one) / u64::from(WARM);
        counts.push(Counts { init, first: one.saturating_sub(init), warm });
    }
    Ok(counts)
}

/// The instructions of a process of `subject` from its start, through `invocations` invocations, until it waits for the
/// next event.
async fn total_of(
    stack: &Stack,
    work: &mut Work,
    subject: &'static Subject,
    invocations: u32,
) -> Result<u64, Error> {
    let payloads = work.invocations(subject, usize::try_from(invocations)?).await?;
    let output = scratch(&format!("callgrind.{}.{invocations}", subject.name().replace(", ", "-")))?;
    let mut valgrind = Command::new("valgrind");
    valgrind.args(["--tool=callgrind", "--quiet"]);
    valgrind.arg(format!("--callgrind-out-file={}", output.display()));
    let mut instance = Instance::start(subject, stack.launch_under(valgrind, subject)?).await?;
    for payload in payloads {
        instance.invoke(payload).await?;
    }
    let process = instance.process_id()?;
    wait_until_asleep(process).await?;
    // The function does not handle SIGTERM, so the process ends without further work. Valgrind then writes the count.
    kill(Pid::from_raw(i32::try_from(process)?), Signal::SIGTERM)?;
    instance.wait_for_end().await?;
    total(&fs::read_to_string(output)?)
}

/// Waits until all threads of `process` sleep. The process has then done all its work before the next event.
async fn wait_until_asleep(process: u32) -> Result<(), Error> {
    let mut asleep = 0;
    for _ in 0..CHECKS {
        sleep(PAUSE).await;
        asleep = if is_asleep(process)? { asleep + 1 } else { 0 };
        if asleep == ASLEEP {
            return Ok(());
        }
    }
    Err("the process does not fall asleep".into())
}

fn is_asleep(process: u32) -> Result<bool, Error> {
    for thread in fs::read_dir(format!("/proc/{process}/task"))? {
        let status = fs::read_to_string(thread?.path().join("status"))?;
        if !status.lines().any(|line| line.starts_with("State:\tS")) {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Reads the count from the output of callgrind, which has it in a line such as `totals: 2031405`.
fn total(file: &str) -> Result<u64, Error> {
    let total = file.lines().find_map(|line| line.strip_prefix("totals: "));
    Ok(total.ok_or("the output of callgrind has no total")?.trim().parse()?)
}
