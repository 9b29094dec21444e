//! Wall-clock times. All subjects take turns, so that what else the machine does meets them alike.

use std::time::Duration;

use crate::Error;
use crate::instance::Instance;
use crate::reply::check;
use crate::stack::Stack;
use crate::subject::{SUBJECTS, Subject};
use crate::work::Work;

/// How often each subject is started.
pub(crate) const STARTS: usize = 40;
/// How many turns each takes at warm invocations, and how many it does in one.
const TURNS: usize = 10;
const EACH_TURN: usize = 25;
/// How many warm invocations there are of each.
pub(crate) const WARM: usize = TURNS * EACH_TURN;
/// How many invocations an instance has had before it counts as warm.
const WARMING: usize = 5;

/// Medians of a start.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Start {
    init: Duration,
    first: Duration,
}

/// Medians of one subject.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Times {
    /// From starting the process to its first `GET /next`.
    pub(crate) init: Duration,
    /// The first invocation.
    pub(crate) first: Duration,
    /// A later invocation.
    pub(crate) warm: Duration,
    /// What Lambda bills for a later invocation.
    pub(crate) billed: Duration,
}

/// Medians of warm invocations.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Warm {
    took: Duration,
    billed: Duration,
}

impl Start {
    /// These, and the medians of warm invocations.
    pub(crate) const fn with(self, warm: Warm) -> Times {
        Times { init: self.init, first: self.first, warm: warm.took, billed: warm.billed }
    }
}

/// Starts each subject [`STARTS`] times, for one invocation.
pub(crate) async fn starts(stack: &Stack, work: &mut Work) -> Result<Vec<Start>, Error> {
    let mut samples: Vec<_> = SUBJECTS.iter().map(|_| (Vec::new(), Vec::new())).collect();
    for _ in 0..STARTS {
        for (subject, (init, first)) in SUBJECTS.iter().zip(&mut samples) {
            let payloads = work.invocations(subject, 1).await?;
            let mut instance = Instance::start(stack.launch(subject)?).await?;
            init.push(instance.init);
            first.extend(invoke(subject, &mut instance, payloads).await?.0);
            instance.stop().await?;
        }
    }
    Ok(samples.into_iter().map(|(init, first)| Start { init: median(init), first: median(first) }).collect())
}

/// Invokes one warm instance of each subject [`WARM`] times.
pub(crate) async fn warm(stack: &Stack, work: &mut Work) -> Result<Vec<Warm>, Error> {
    let mut instances = Vec::new();
    for subject in &SUBJECTS {
        let mut instance = Instance::start(stack.launch(subject)?).await?;
        let payloads = work.invocations(subject, WARMING).await?;
        invoke(subject, &mut instance, payloads).await?;
        instances.push((subject, instance, (Vec::new(), Vec::new())));
    }
    for _ in 0..TURNS {
        for (subject, instance, (took, billed)) in &mut instances {
            let payloads = work.invocations(subject, EACH_TURN).await?;
            let times = invoke(subject, instance, payloads).await?;
            took.extend(times.0);
            billed.extend(times.1);
        }
    }
    let medians = |(took, billed)| Warm { took: median(took), billed: median(billed) };
    Ok(instances.into_iter().map(|(_, _, times)| medians(times)).collect())
}

/// The times until the answers, and those that Lambda bills.
async fn invoke(
    subject: &Subject,
    instance: &mut Instance,
    payloads: Vec<Vec<u8>>,
) -> Result<(Vec<Duration>, Vec<Duration>), Error> {
    let mut times = (Vec::new(), Vec::new());
    for payload in payloads {
        let invocation = instance.invoke(payload).await?;
        check(subject, &invocation.reply)?;
        times.0.push(invocation.took);
        times.1.push(invocation.billed);
    }
    Ok(times)
}

/// The middle of `times`; zero where there are none.
fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times.get(times.len() / 2).copied().unwrap_or_default()
}
