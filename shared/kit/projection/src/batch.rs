//! One batch: every stream in it forward, every poison record aside, and where to begin again.

use std::iter;
use std::marker::PhantomData;

use es_core::{EventReader, Projection, ViewWriter};
use event_stream::{
    Batch, BatchResponse, Content, Delivery, Record, SequenceNumber, StreamGroup, decode, group,
};
use futures::{StreamExt, stream};
use tokio::time::{Instant, timeout_at};
use tracing::Instrument;

use crate::stop::{Failure, Stop};
use crate::stream::Done;
use crate::{Counters, DeadLetter, DeadLetterQueue, generations, span};

/// How many streams are written, or dead letters sent, at once.
const CONCURRENCY: usize = 16;

/// The projection `P` with what it works on.
#[derive(Debug, Clone)]
pub struct Projector<P, R, W, Q> {
    /// Where missing commits are read.
    pub events: R,
    /// Where views are written.
    pub views: W,
    /// Where they are written as well, while the query table has two generations.
    other_views: Option<W>,
    /// Where poison goes.
    pub dead_letters: Q,
    projection: PhantomData<P>,
}

/// The records of a batch, sorted by what is to be done with them.
#[derive(Default)]
struct Sorted<'a> {
    commits: Vec<Delivery<'a>>,
    letters: Vec<DeadLetter<'a>>,
    ignored: u64,
}

impl<P, R, W, Q> Projector<P, R, W, Q> {
    /// The projection `P` from the stream of `events` to `views`, with `dead_letters` for what it cannot read.
    #[must_use]
    pub const fn new(events: R, views: W, dead_letters: Q) -> Self {
        Self { events, views, other_views: None, dead_letters, projection: PhantomData }
    }

    /// The same projection to `other_views` as well, where there are any: the views of the query table's other
    /// generation. Each generation has checkpoints of its own, and a batch is done when it is in both.
    #[must_use]
    pub fn and_generation(self, other_views: Option<W>) -> Self {
        Self { other_views, ..self }
    }
}

impl<P, R, W, Q> Projector<P, R, W, Q>
where
    P: Projection,
    R: EventReader,
    W: ViewWriter<P::Change>,
    Q: DeadLetterQueue,
{
    /// Projects `batch` and tells Lambda where to begin again, if anywhere, and what was done.
    ///
    /// Poison goes to the dead-letter queue and holds nobody up. Where infrastructure fails, or `deadline` comes
    /// before the work is done, the answer is the lowest record of what is left over. Poison at or behind that
    /// record is not sent: it comes again.
    ///
    /// # Poison in a stream
    /// Nothing is projected over a hole. Where a commit cannot be read, the commits before it are projected, and it
    /// and all behind it go to the dead-letter queue; so do those that a later batch brings, for their writes find
    /// the view behind and then the same commit in the event table. Other streams go on. Once the code can read the
    /// commit, the next record of that stream, new or put back from the queue, brings its view up to date.
    ///
    /// A record that is poison while its commit in the event table is sound holds nothing back: the next
    /// commit of its stream finds a gap and fills it.
    pub async fn project(&self, batch: &Batch, deadline: Instant) -> (BatchResponse, Counters) {
        self.work_through(batch, deadline).instrument(span::of_batch::<P>(batch)).await
    }

    async fn work_through(&self, batch: &Batch, deadline: Instant) -> (BatchResponse, Counters) {
        let Sorted { commits, mut letters, ignored } = sort::<P>(&batch.records);
        span::link_origins(&commits);
        let groups = group(commits);
        let (records, streams) = (batch.records.len() as u64, groups.len() as u64);
        let mut counters = Counters { records, streams, ignored, ..Counters::default() };
        let mut failed: Vec<&SequenceNumber> = Vec::new();
        let mut lags_ms = Vec::new();

        let mut ends = stream::iter(groups)
            .map(|group| async move {
                let end = self.stream(&group, deadline).await;
                (group, end)
            })
            .buffer_unordered(CONCURRENCY);
        while let Some((group, (done, end))) = ends.next().await {
            counters.duplicates += group.duplicates;
            counters.add(&done);
            lags_ms.extend(done.lags_ms);
            match end {
                Ok(()) => {}
                Err(Stop::Poison { from, cause }) => {
                    let error = format!("{} is held at version {from}: {cause}", group.stream);
                    let held = group.deliveries.iter().filter(|held| held.commit.first >= from);
                    letters.extend(held.map(|held| letter::<P>(held.record, error.clone())));
                }
                Err(Stop::Failure(failure)) => {
                    warn(&group, &failure);
                    failed.push(group.earliest);
                }
            }
        }

        if let Some(restart) = failed.iter().min() {
            letters.retain(|letter| letter.record.sequence < **restart);
        }
        failed.extend(self.set_aside(&letters, deadline, &mut counters).await);
        counters.failed = failed.len() as u64;
        if counters.failed > 0 {
            span::failed();
        }
        counters.log(P::NAME, &lags_ms);
        (BatchResponse::of(failed), counters)
    }

    /// Projects one stream into every generation, until `deadline`.
    async fn stream(&self, group: &StreamGroup<'_>, deadline: Instant) -> (Done, Result<(), Stop>) {
        let commits = group.deliveries.iter().map(|delivery| &delivery.commit);
        let generations = iter::once(&self.views).chain(&self.other_views);
        generations::project::<P, R, W>(&self.events, generations, &group.stream, commits, deadline).await
    }

    /// Sends `letters`; the records of those that could not be sent.
    async fn set_aside<'a>(
        &self,
        letters: &[DeadLetter<'a>],
        deadline: Instant,
        counters: &mut Counters,
    ) -> Vec<&'a SequenceNumber> {
        let mut sent = stream::iter(letters)
            .map(|letter| async move { (letter, timeout_at(deadline, self.dead_letters.send(letter)).await) })
            .buffer_unordered(CONCURRENCY);
        let mut failed = Vec::new();
        while let Some((letter, result)) = sent.next().await {
            let DeadLetter { record, error, .. } = letter;
            if let Ok(Ok(())) = result {
                counters.poison += 1;
                tracing::error!(sequence = %record.sequence, shard = record.shard, error, "record set aside");
            } else {
                tracing::warn!(sequence = %record.sequence, shard = record.shard, error, "record not set aside");
                failed.push(&record.sequence);
            }
        }
        failed
    }
}

fn sort<P: Projection>(records: &[Record]) -> Sorted<'_> {
    let mut sorted = Sorted::default();
    for record in records {
        match decode(record) {
            Content::Commit { commit, written_at } if *commit.stream.category() == P::CATEGORY => {
                sorted.commits.push(Delivery { record, commit: *commit, written_at });
            }
            Content::Commit { .. } | Content::Ignored(_) => sorted.ignored += 1,
            Content::Poison(error) => sorted.letters.push(letter::<P>(record, error.to_string())),
        }
    }
    sorted
}

const fn letter<P: Projection>(record: &Record, error: String) -> DeadLetter<'_> {
    DeadLetter { function: P::NAME, record, error }
}

/// Says that `group` comes again, and why, for the first of its conversations.
fn warn(group: &StreamGroup<'_>, failure: &Failure) {
    let metadata = group.deliveries.first().map(|delivery| &delivery.commit.metadata);
    let correlation_id = metadata.map(|metadata| metadata.correlation_id.as_str());
    let error = failure as &(dyn std::error::Error + 'static);
    tracing::warn!(stream = %group.stream, correlation_id, error, "stream failed");
}
