//! Measures wall-clock times. The subjects take turns, because other work of the machine then affects all subjects
//! alike.

use std::time::Duration;

use crate::instance::Instance;
use crate::stack::Stack;
use crate::subject::SUBJECTS;
use crate::work::Work;
use crate::{Error, progress};

/// The number of starts of each subject.
pub(crate) const STARTS: usize = 40;
/// The number of turns of each subject with warm invocations.
const TURNS: usize = 10;
/// The number of warm invocations in a turn.
const EACH_TURN: usize = 25;
/// The number of warm invocations of each subject.
pub(crate) const WARM: usize = TURNS * EACH_TURN;
/// The number of invocations after which an instance counts as warm.
const WARMING: usize = 5;

/// The medians of one subject's times.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Times {
    /// The time from the start of the process to its first `GET /next`.
    pub(crate) init: Duration,
    /// The time of the first invocation.
    pub(crate) first: Duration,
    /// The time of a warm invocation.
    pub(crate) warm: Duration,
    /// The time that Lambda bills for a warm invocation.
    pub(crate) billed: Duration,
}

/// Starts each subject [`STARTS`] times for one invocation each. Then invokes one warm instance of each subject
/// [`WARM`] times.
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

/// The median of `times`; zero if `times` is empty.
fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times.get(times.len() / 2).copied().unwrap_or_default()
}
