//! What became of a batch, in numbers.

use telemetry::{Metric, Metrics};

use crate::stream::Done;

/// From when an event occurred until a view has it.
const VIEW_LAG: Metric = Metric::milliseconds("ViewLag");
/// Commits that were dropped because they had come before.
const DUPLICATES_DROPPED: Metric = Metric::count("DuplicatesDropped");
/// Gaps that were filled from the event table.
const GAPS_HEALED: Metric = Metric::count("GapsHealed");
/// Records that were set aside.
const POISON_RECORDS: Metric = Metric::count("PoisonRecords");

/// What became of a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counters {
    /// Records in the batch.
    pub records: u64,
    /// Streams they belong to.
    pub streams: u64,
    /// Commits written to views, those read to fill gaps included.
    pub applied: u64,
    /// Commits dropped because they came before: in the batch, or into the view.
    pub duplicates: u64,
    /// Gaps filled from the event table.
    pub gaps: u64,
    /// Events whose type is unknown here; a view is written without them.
    pub skipped: u64,
    /// Records left alone: changes that are no appends, and commits of streams of other categories.
    pub ignored: u64,
    /// Records set aside in the dead-letter queue.
    pub poison: u64,
    /// Streams and dead letters that failed and come again.
    pub failed: u64,
}

impl Counters {
    pub(crate) const fn add(&mut self, done: &Done) {
        self.applied += done.applied;
        self.duplicates += done.duplicates;
        self.gaps += done.gaps;
        self.skipped += done.skipped;
    }

    /// Writes the one line that a batch of `projection` leaves in the log, with its metrics.
    ///
    /// `lags_ms` has for each write the milliseconds from when its oldest event occurred until the view had it.
    pub(crate) fn log(&self, projection: &'static str, lags_ms: &[u64]) {
        let Self { records, streams, applied, duplicates, gaps, skipped, ignored, poison, failed } = *self;
        let metrics = Metrics::of(projection)
            .samples(VIEW_LAG, lags_ms)
            .count(DUPLICATES_DROPPED, duplicates)
            .count(GAPS_HEALED, gaps)
            .count(POISON_RECORDS, poison);
        let metrics = metrics.field();
        tracing::info!(metrics, records, streams, applied, skipped, ignored, failed, "batch projected");
    }
}
