//! Instructions, which other work of the machine does not change: valgrind's callgrind counts them.

use std::fs;
use std::io::{Write, stderr};
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

/// How many warm invocations are counted together.
pub(crate) const WARM: u32 = 25;

/// The looks at a process that must all find it asleep, how far apart they are, and how many there are at most.
const ASLEEP: usize = 5;
const LOOK: Duration = Duration::from_millis(10);
const LOOKS: usize = 1_000;

/// Instructions of one subject.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Counts {
    /// From the start of the process until it waits for its first event.
    pub(crate) init: u64,
    /// Of the first invocation.
    pub(crate) first: u64,
    /// Of a later invocation, on average.
    pub(crate) warm: u64,
}

/// The counts of every subject; `None`, and a loud word, where there is no valgrind.
pub(crate) async fn counts(stack: &Stack, work: &mut Work) -> Result<Option<Vec<Counts>>, Error> {
    if !Command::new("valgrind").arg("--version").output().await.is_ok_and(|output| output.status.success()) {
        writeln!(
            stderr(),
            "\n!!! valgrind is not installed: the instructions are SKIPPED, and so is their budget\n"
        )?;
        return Ok(None);
    }
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
    Ok(Some(counts))
}

/// The instructions of a process of `subject` that has done `invocations` and waits for another.
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
    fall_asleep(process).await?;
    // Not asked for by the function, so that the process ends there and then; valgrind writes its count.
    kill(Pid::from_raw(i32::try_from(process)?), Signal::SIGTERM)?;
    instance.ended().await?;
    total(&fs::read_to_string(output)?)
}

/// Waits until every thread of `process` waits for something: it has then done all that it does before an event.
async fn fall_asleep(process: u32) -> Result<(), Error> {
    let mut asleep = 0;
    for _ in 0..LOOKS {
        sleep(LOOK).await;
        asleep = if is_asleep(process)? { asleep + 1 } else { 0 };
        if asleep == ASLEEP {
            return Ok(());
        }
    }
    Err("the process does not come to rest".into())
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

/// The count in a file of callgrind's: the line `totals: 2031405`.
fn total(file: &str) -> Result<u64, Error> {
    let total = file.lines().find_map(|line| line.strip_prefix("totals: "));
    Ok(total.ok_or("callgrind's file has no total")?.trim().parse()?)
}
