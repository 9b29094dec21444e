//! Wall-clock times. All subjects take turns, so that what else the machine does meets them alike.

use std::time::Duration;

use crate::instance::Instance;
use crate::stack::Stack;
use crate::subject::SUBJECTS;
use crate::work::Work;
use crate::{Error, progress};

/// How often each subject is started.
pub(crate) const STARTS: usize = 40;
/// How many turns each takes at warm invocations, and how many it does in one.
const TURNS: usize = 10;
const EACH_TURN: usize = 25;
/// How many warm invocations there are of each.
pub(crate) const WARM: usize = TURNS * EACH_TURN;
/// How many invocations an instance has had before it counts as warm.
const WARMING: usize = 5;

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

/// Starts each subject [`STARTS`] times, for one invocation, and invokes one warm instance of each [`WARM`] times.
pub(crate) async fn times(stack: &Stack, work: &mut Work) -> Result<Vec<Times>, Error> {
    let mut samples: Vec<[Vec<Duration>; 4]> = SUBJECTS.iter().map(|_| Default::default()).collect();
    progress("timing starts and first invocations")?;
    for _ in 0..STARTS {
        for (subject, [init, first, ..]) in SUBJECTS.iter().zip(&mut samples) {
            let payload = work.invocation(subject).await?;
            let mut instance = Instance::start(subject, stack.launch(subject)?).await?;
            init.push(instance.init);
            first.push(instance.invoke(payload).await?.took);
            instance.stop().await?;
        }
    }
    progress("timing warm invocations")?;
    let mut instances = Vec::new();
    for subject in &SUBJECTS {
        let mut instance = Instance::start(subject, stack.launch(subject)?).await?;
        for payload in work.invocations(subject, WARMING).await? {
            instance.invoke(payload).await?;
        }
        instances.push((subject, instance));
    }
    for _ in 0..TURNS {
        for ((subject, instance), [.., warm, billed]) in instances.iter_mut().zip(&mut samples) {
            for payload in work.invocations(subject, EACH_TURN).await? {
                let invocation = instance.invoke(payload).await?;
                warm.push(invocation.took);
                billed.push(invocation.billed);
            }
        }
    }
    let medians = |[init, first, warm, billed]: [Duration; 4]| Times { init, first, warm, billed };
    Ok(samples.into_iter().map(|samples| medians(samples.map(median))).collect())
}

/// The middle of `times`; zero where there are none.
fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times.get(times.len() / 2).copied().unwrap_or_default()
}
