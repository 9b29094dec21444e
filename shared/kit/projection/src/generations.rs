//! One stream into every generation of the query table.

use es_core::{Commit, EventReader, Projection, StreamId, ViewWriter};
use futures::future::join_all;
use tokio::time::{Instant, timeout_at};

use crate::stop::{Failure, Stop};
use crate::stream::{Done, StreamProjection};

/// Projects `commits`, which are all of `stream`, into each of `generations` at the same time, until `deadline`.
///
/// Each generation has checkpoints of its own, so that one may be ahead of another. What was done is that of the
/// first one; where they end differently, that is a failure before it is poison, and poison from the lowest version on.
///
/// A write that is cut off by the deadline has taken place or has not: its repetition finds out.
pub(crate) async fn project<'a, P, R, W>(
    events: &R,
    generations: impl IntoIterator<Item = &'a W>,
    stream: &StreamId,
    commits: impl Iterator<Item = &'a Commit> + Clone,
    deadline: Instant,
) -> (Done, Result<(), Stop>)
where
    P: Projection,
    R: EventReader,
    W: ViewWriter<P::Change> + 'a,
{
    let late = || (Done::default(), Err(Stop::Failure(Failure::OutOfTime)));
    if Instant::now() >= deadline {
        return late();
    }
    let project = |views| {
        let projection = StreamProjection::<P, R, W>::new(events, views, stream, commits.clone().cloned());
        async move { timeout_at(deadline, projection.run()).await.unwrap_or_else(|_| late()) }
    };
    let mut ends = join_all(generations.into_iter().map(project)).await.into_iter();
    let Some((done, end)) = ends.next() else { return (Done::default(), Ok(())) };
    (done, ends.fold(end, |end, (_, other)| worse(end, other)))
}

fn worse(one: Result<(), Stop>, other: Result<(), Stop>) -> Result<(), Stop> {
    match (one, other) {
        (failure @ Err(Stop::Failure(_)), _) | (_, failure @ Err(Stop::Failure(_))) => failure,
        (Err(Stop::Poison { from, cause }), Err(Stop::Poison { from: other, cause: other_cause })) => {
            Err(if from <= other {
                Stop::Poison { from, cause }
            } else {
                Stop::Poison { from: other, cause: other_cause }
            })
        }
        (poison @ Err(_), Ok(())) | (Ok(()), poison @ Err(_)) => poison,
        (Ok(()), Ok(())) => Ok(()),
    }
}
