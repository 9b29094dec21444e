//! The two generations of the query table. Queries read the live generation; an operator builds the other one.
//!
//! A batch must not wait for the other generation, because the live views must go on if the other table is throttled,
//! hangs or is missing. A replay waits for both, because the message or the page that it replays is kept until then. So
//! does a batch during a cut-over, because queries of some functions read the one generation and those of others the
//! other.

use std::collections::BTreeMap;
use std::iter;
use std::time::Duration;

use es_core::{EventReader, StreamVersion, ViewWriter, WriteError};
use event_stream::{SequenceNumber, StreamGroup};
use futures::future::join_all;
use futures::stream::{self, StreamExt};
use tokio::time::{Instant, timeout_at};

use crate::Follower;
use crate::stream::{OtherGeneration, Projector, RetryCause, StopReason, StreamCommits, StreamEnd};

/// The results of projecting the streams of a batch, by their indexes.
#[derive(Default)]
pub(crate) struct BatchEnds {
    /// The results in the live generation.
    pub(crate) live: Vec<(usize, StreamEnd)>,
    /// The streams that the other generation missed.
    pub(crate) missed: BTreeMap<usize, MissedStream>,
}

/// Why the other generation missed commits of a stream.
pub(crate) struct MissedStream {
    /// The first version that it lacks, if it is held there and every retry would fail in the same way.
    held_from: Option<StreamVersion>,
    reason: String,
}

impl MissedStream {
    fn out_of_time() -> Self {
        Self { held_from: None, reason: "the time was up".to_owned() }
    }

    /// Whether the live generation, whose work on the stream ended with `live`, is held at the same version or at an
    /// earlier one. Then the other generation missed no commit of the batch that the live one has.
    fn is_held_with(&self, live: &Result<(), StopReason>) -> bool {
        let Err(StopReason::Poison { from, .. }) = live else { return false };
        self.held_from.is_some_and(|held_from| *from <= held_from)
    }
}

/// A generation during a batch.
enum Generation {
    Live,
    Other,
}

impl<P, R, W> Projector<P, R, W>
where
    P: Follower,
    R: EventReader,
    W: ViewWriter<P::Change>,
{
    /// Projects the streams in `groups` into both generations at the same time.
    ///
    /// The live generation has until `deadline`. The other generation has [`EXTRA_TIME`](crate::EXTRA_TIME) after the
    /// live one is done, or no time if batches have waited for it in vain. If it is strict, it has until `deadline`.
    ///
    /// A stream that the other generation missed because of the same poison as the live one is not among the missed
    /// streams: the dead letter is about both.
    pub(crate) async fn project_groups<'a>(
        &self,
        groups: &'a [StreamGroup<'_>],
        deadline: Instant,
    ) -> BatchEnds {
        let mut batch = BatchEnds::default();
        let of_group = |group: &'a StreamGroup<'_>| StreamCommits {
            stream: &group.stream,
            commits: group.deliveries.iter().map(|delivery| &delivery.commit).collect(),
        };
        let streams: Vec<_> = groups.iter().map(of_group).collect();
        let live = self.ends(&self.views, &streams, deadline).map(|end| (Generation::Live, end));
        let other = match &self.other {
            Some(other) => {
                batch.missed = (0..groups.len()).map(|index| (index, MissedStream::out_of_time())).collect();
                self.ends(&other.views, &streams, deadline).left_stream()
            }
            None => stream::empty().right_stream(),
        };
        let mut ends = stream::select(live, other.map(|end| (Generation::Other, end)));
        let mut unfinished = batch.missed.len();
        let (mut extra, mut until) = (Duration::ZERO, None);
        loop {
            let next = match until {
                None => ends.next().await,
                Some(until) => timeout_at(until, ends.next()).await.ok().flatten(),
            };
            match next {
                None => break,
                Some((Generation::Live, end)) => {
                    batch.live.push(end);
                    if batch.live.len() == groups.len() {
                        let now = Instant::now();
                        match &self.other {
                            Some(other) if other.policy.is_strict => until = Some(deadline),
                            other => {
                                let pause = other.as_ref().map(|other| &other.policy.extra_time);
                                extra = pause.map_or(Duration::ZERO, |pause| pause.granted_at(now));
                                until = Some(deadline.min(now + extra));
                            }
                        }
                    }
                }
                Some((Generation::Other, (index, (_, Ok(()))))) => {
                    unfinished -= 1;
                    batch.missed.remove(&index);
                }
                Some((Generation::Other, (_, (_, Err(StopReason::Retry(RetryCause::OutOfTime)))))) => {}
                Some((Generation::Other, (index, (_, Err(stop))))) => {
                    unfinished -= 1;
                    let (held_from, reason) = stop.describe();
                    batch.missed.insert(index, MissedStream { held_from, reason });
                }
            }
        }
        // A batch without streams says nothing about the other generation.
        if let Some(other) = &self.other {
            if unfinished == 0 && !groups.is_empty() {
                other.policy.extra_time.resume();
            } else if extra > Duration::ZERO {
                other.policy.extra_time.pause(Instant::now());
            }
        }
        for (index, (_, end)) in &batch.live {
            if batch.missed.get(index).is_some_and(|missed| missed.is_held_with(end)) {
                batch.missed.remove(index);
            }
        }
        batch
    }

    /// Projects `streams` into all generations at the same time, until `deadline`. Returns the results in the order of
    /// `streams`.
    ///
    /// Each generation has its own checkpoints, so one may be ahead of the other. The counts are those of the live
    /// generation. If the generations stop for different reasons, a cause that a retry may solve has precedence over
    /// poison, and poison at a lower version over poison at a higher one.
    pub(crate) async fn project_everywhere(
        &self,
        streams: &[StreamCommits<'_>],
        deadline: Instant,
    ) -> Vec<(usize, StreamEnd)> {
        let others = self.other.iter().map(|other| &other.views);
        let generations = iter::once(&self.views).chain(others);
        let generations = generations.map(|views| self.ends(views, streams, deadline).collect::<Vec<_>>());
        let mut ends: BTreeMap<usize, StreamEnd> = BTreeMap::new();
        for (index, (done, end)) in join_all(generations).await.into_iter().flatten() {
            match ends.remove(&index) {
                None => ends.insert(index, (done, end)),
                Some((live, live_end)) => ends.insert(index, (live, worse(live_end, end))),
            };
        }
        ends.into_iter().collect()
    }
}

impl<W> OtherGeneration<W> {
    /// Adds the streams to `failed` that must be delivered again because of this generation. Returns how many streams it
    /// missed for good.
    ///
    /// During a cut-over, a stream is delivered again if a retry may succeed. The streams that this generation missed for
    /// good are counted. If the count is not confirmed until `deadline`, they are delivered again, because otherwise
    /// nobody would know of them.
    pub(crate) async fn count_missed(
        &self,
        groups: &[StreamGroup<'_>],
        missed: &BTreeMap<usize, MissedStream>,
        failed: &mut Vec<SequenceNumber>,
        deadline: Instant,
    ) -> u64 {
        let table = &self.table;
        let missed: Vec<_> =
            missed.iter().filter_map(|(index, missed)| Some((groups.get(*index)?, missed))).collect();
        if self.policy.is_strict {
            let retried = missed.iter().filter(|(_, missed)| missed.held_from.is_none());
            failed.extend(retried.map(|(group, missed)| {
                let reason = &missed.reason;
                tracing::warn!(table, stream = %group.stream, reason, "a cut-over waits for the other generation");
                group.earliest.clone()
            }));
        }
        let restart = failed.iter().min();
        let is_delivered_again = |group: &StreamGroup<'_>| {
            let last = group.deliveries.iter().map(|delivery| &delivery.record.sequence).max();
            last.zip(restart).is_some_and(|(last, restart)| last >= restart)
        };
        let missed: Vec<_> = missed.into_iter().filter(|(group, _)| !is_delivered_again(group)).collect();
        let Some((group, MissedStream { reason, .. })) = missed.first() else { return 0 };
        let streams = missed.len() as u64;
        let counted = timeout_at(deadline, self.policy.missed.add(streams)).await;
        match counted.unwrap_or_else(|elapsed| Err(WriteError::Unavailable(elapsed.into()))) {
            Ok(()) => {
                tracing::warn!(table, streams, stream = %group.stream, reason, "the other generation missed streams");
                streams
            }
            Err(error) => {
                let error = &error as &(dyn std::error::Error + 'static);
                tracing::warn!(
                    table,
                    streams,
                    error,
                    "the missed streams of the other generation are not counted"
                );
                failed.extend(missed.iter().map(|(group, _)| group.earliest.clone()));
                0
            }
        }
    }
}

fn worse(one: Result<(), StopReason>, other: Result<(), StopReason>) -> Result<(), StopReason> {
    match (&one, &other) {
        (_, Ok(())) | (Err(StopReason::Retry(_)), _) => one,
        (Ok(()), _) | (_, Err(StopReason::Retry(_))) => other,
        (Err(StopReason::Poison { from, .. }), Err(StopReason::Poison { from: other_from, .. })) => {
            if from <= other_from { one } else { other }
        }
    }
}
