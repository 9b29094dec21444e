//! Projects one batch: moves the view of every stream forward, sends poison records to the dead-letter queue, and
//! returns where Lambda must start again.

use es_core::{EventReader, ViewWriter};
use event_stream::{
    Batch, BatchResponse, Content, DeadLetter, Delivery, Record, SequenceNumber, StreamGroup, decode, group,
};
use futures::{StreamExt, stream};
use telemetry::{Metric, Metrics};
use tokio::time::{Instant, timeout_at};
use tracing::Instrument;

use crate::generations::BatchEnds;
use crate::stream::{CONCURRENCY, Projector, RetryCause, StopReason, StreamCounters};
use crate::{DeadLetterQueue, Follower, span};

/// Batches by their outcome: `projected`, or `redelivered` if Lambda delivers some of the records again.
pub(crate) const BATCHES: Metric = Metric::count("Batches");
/// Commits that were dropped because they had been delivered before.
const DUPLICATES_DROPPED: Metric = Metric::count("DuplicatesDropped");
/// Gaps that were filled from the event table.
const GAPS_HEALED: Metric = Metric::count("GapsHealed");
/// Records that were sent to the dead-letter queue.
const POISON_RECORDS: Metric = Metric::count("PoisonRecords");
/// Streams whose commits the other generation of the query table missed.
const GENERATION_BEHIND: Metric = Metric::count("GenerationBehind");

/// The counts of one batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counters {
    /// Records in the batch.
    pub records: u64,
    /// Streams that the records belong to.
    pub streams: u64,
    /// Commits written to views, including those that were read to fill gaps.
    pub applied: u64,
    /// Commits dropped because the batch had them twice or the view already included them.
    pub duplicates: u64,
    /// Gaps filled from the event table.
    pub gaps: u64,
    /// Records that need no work: changes that are not appends, and commits of streams of other categories.
    pub ignored: u64,
    /// Records sent to the dead-letter queue.
    pub poison: u64,
    /// Streams whose commits the other generation missed and does not get again.
    pub behind: u64,
    /// Streams and dead letters that failed. Lambda delivers their records again.
    pub failed: u64,
}

/// The records of a batch, sorted by what must be done with them.
#[derive(Default)]
struct SortedRecords<'a> {
    commits: Vec<Delivery<'a>>,
    letters: Vec<DeadLetter>,
    ignored: u64,
}

impl<P, R, W> Projector<P, R, W>
where
    P: Follower,
    R: EventReader,
    W: ViewWriter<P::Change>,
{
    /// Projects `batch`. Returns where Lambda must start again, if anywhere, and the counts of the batch.
    ///
    /// Poison records go to `dead_letters` and stop no other stream. If a store fails, or if `deadline` comes before
    /// the work is done, the response names the lowest record that is left. Poison records at or after that record are
    /// not sent to the queue, because Lambda delivers them again.
    ///
    /// # Poison in a stream
    /// A projection never skips a version. If a commit cannot be read, the commits before it are projected. The commit
    /// and all later commits of the stream go to the dead-letter queue. So do the commits of later batches, because
    /// their writes find the view behind and then read the same commit from the event table. Other streams continue. As
    /// soon as the code can read the commit, the next record of the stream brings the view up to date. That may be a
    /// new record or one that was sent back from the queue.
    ///
    /// A poison record whose commit is valid in the event table stops nothing: the next commit of the stream finds a
    /// gap and fills it.
    ///
    /// # The other generation
    /// The dead letters come from the live generation alone, and so does the response, except during a cut-over. If the
    /// other generation does not get the commits of a stream, the batch logs a warning, counts the stream in the switch,
    /// and counts the metric `GenerationBehind`. The next commit of the stream fills the gap. A stream without further
    /// commits stays behind until a rebuild reads the event table again. A stream that is poison in both generations is
    /// not counted, because it has a dead letter.
    pub async fn project(
        &self,
        batch: &Batch,
        dead_letters: &dyn DeadLetterQueue,
        deadline: Instant,
    ) -> (BatchResponse, Counters) {
        let span = span::for_batch::<P>(batch);
        self.work_through(batch, dead_letters, deadline).instrument(span).await
    }

    /// Does the work of [`project`](Self::project) in the current span, which must be the batch's.
    pub(crate) async fn work_through(
        &self,
        batch: &Batch,
        dead_letters: &dyn DeadLetterQueue,
        deadline: Instant,
    ) -> (BatchResponse, Counters) {
        let SortedRecords { commits, mut letters, ignored } = sort::<P>(&batch.records, &self.event_table);
        span::link_origins(&commits);
        let groups = group(commits);
        let (records, streams) = (batch.records.len() as u64, groups.len() as u64);
        let mut counters = Counters { records, streams, ignored, ..Counters::default() };
        let mut failed: Vec<SequenceNumber> = Vec::new();
        let mut lags_ms = Vec::new();

        let BatchEnds { live, missed } = self.project_groups(&groups, deadline).await;
        for (index, (done, end)) in live {
            let Some(group) = groups.get(index) else { continue };
            counters.duplicates += group.duplicates;
            counters.add(&done);
            lags_ms.extend(done.lags_ms);
            match end {
                Ok(()) => {}
                Err(StopReason::Poison { from, cause }) => {
                    let error = format!("{} is held at version {from}: {cause}", group.stream);
                    let held = group.deliveries.iter().filter(|held| held.commit.first >= from);
                    letters.extend(held.map(|held| letter::<P>(held.record, &error)));
                }
                Err(StopReason::Retry(cause)) => {
                    warn(group, &cause);
                    failed.push(group.earliest.clone());
                }
            }
        }

        if let Some(other) = &self.other {
            counters.behind = other.count_missed(&groups, &missed, &mut failed, deadline).await;
        }
        if let Some(restart) = failed.iter().min() {
            letters.retain(|letter| letter.sequence_number < *restart);
        }
        failed.extend(set_aside(&letters, dead_letters, deadline, &mut counters).await);
        counters.failed = failed.len() as u64;
        if counters.failed > 0 {
            span::failed();
        }
        counters.log(P::NAME, self.lag, &lags_ms);
        (BatchResponse::from_failed(&failed), counters)
    }
}

/// Sends `letters` to the queue and returns the sequence numbers of the records that could not be sent.
async fn set_aside(
    letters: &[DeadLetter],
    dead_letters: &dyn DeadLetterQueue,
    deadline: Instant,
    counters: &mut Counters,
) -> Vec<SequenceNumber> {
    let send = |letter| async move { (letter, timeout_at(deadline, dead_letters.send(letter)).await) };
    let pending: Vec<_> = letters.iter().map(send).collect();
    let mut results = stream::iter(pending).buffer_unordered(CONCURRENCY);
    let mut failed = Vec::new();
    while let Some((letter, result)) = results.next().await {
        let DeadLetter { sequence_number: sequence, shard_id: shard, error, .. } = letter;
        if let Ok(Ok(())) = result {
            counters.poison += 1;
            tracing::error!(%sequence, shard, error, "record sent to the dead-letter queue");
        } else {
            tracing::warn!(%sequence, shard, error, "record could not be sent to the dead-letter queue");
            failed.push(sequence.clone());
        }
    }
    failed
}

fn sort<'a, P: Follower>(records: &'a [Record], event_table: &str) -> SortedRecords<'a> {
    let mut sorted = SortedRecords::default();
    for record in records {
        match decode(record, event_table) {
            Content::Commit(commit) if P::follows(&commit.stream) => {
                sorted.commits.push(Delivery { record, commit: *commit });
            }
            Content::Commit(_) | Content::Ignored(_) => sorted.ignored += 1,
            Content::Poison(error) => sorted.letters.push(letter::<P>(record, &error.to_string())),
        }
    }
    sorted
}

fn letter<P: Follower>(record: &Record, error: &str) -> DeadLetter {
    DeadLetter::from_record(P::NAME, record, error, telemetry::traceparent())
}

/// Logs that `group` will be delivered again, and why. The line has the correlation id of the group's first commit.
fn warn(group: &StreamGroup<'_>, cause: &RetryCause) {
    let metadata = group.deliveries.first().map(|delivery| &delivery.commit.metadata);
    let correlation_id = metadata.map(|metadata| metadata.correlation_id.as_str());
    let error = cause as &(dyn std::error::Error + 'static);
    tracing::warn!(stream = %group.stream, correlation_id, error, "stream failed");
}

impl Counters {
    const fn add(&mut self, done: &StreamCounters) {
        self.applied += done.applied;
        self.duplicates += done.duplicates;
        self.gaps += done.gaps;
    }

    /// Writes the one log line of a batch of `projection`, with its metrics.
    ///
    /// `lags_ms` has one number for each write: the milliseconds from the occurrence of the write's oldest event until
    /// the view included the event. They are the samples of `lag`.
    fn log(&self, projection: &'static str, lag: Metric, lags_ms: &[u64]) {
        let Self { records, streams, applied, duplicates, gaps, ignored, poison, behind, failed } = *self;
        let metrics = Metrics::for_operation(projection)
            .outcome(BATCHES, if failed == 0 { "projected" } else { "redelivered" })
            .samples(lag, lags_ms)
            .count(DUPLICATES_DROPPED, duplicates)
            .count(GAPS_HEALED, gaps)
            .count(POISON_RECORDS, poison)
            .count(GENERATION_BEHIND, behind);
        let metrics = metrics.field();
        tracing::info!(metrics, records, streams, applied, ignored, failed, "batch projected");
    }
}
