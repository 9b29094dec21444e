//! Planted bugs, to show that the checks bite: each changes something at a port, on the wire, in the mapping or in what is
//! deployed when, as a bug in the code behind it would.

pub(crate) mod ports;
pub(crate) mod tampering;

use clap::ValueEnum;

/// A planted bug.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub enum Mutation {
    /// A commit is put without the condition that its place is free.
    VersionConditionDropped,
    /// A commit is put one version too high.
    VersionSkipped,
    /// A put is acknowledged, and made later, if at all.
    AcknowledgedBeforeWrite,
    /// A put that is throttled is taken for one that succeeded.
    ThrottleTakenForSuccess,
    /// The idempotency keys of what is loaded are not looked at.
    KeysForgotten,
    /// The idempotency keys of a snapshot are not looked at.
    SnapshotKeysForgotten,
    /// The idempotency key of a request does not reach its function.
    KeyLostOnTheWay,
    /// `If-Match` does not reach its function.
    PreconditionIgnored,
    /// A view that is behind is written all the same.
    GapWrittenOver,
    /// A view is written without the condition that it is where the change begins.
    DuplicatesApplied,
    /// The counters are written first, and the marker that says so behind them.
    MarkerApart,
    /// The marker moves without the condition that it is where the change begins.
    MarkerUnconditional,
    /// A batch of which a part failed counts as done.
    CheckpointPastFailure,
    /// A batch whose function died counts as done.
    DeathTakenForSuccess,
    /// Some changes never reach the stream.
    ChangeLost,
    /// Postings that were left unwritten are left at that.
    UnwrittenForgotten,
    /// Views that were left unread are left at that.
    UnreadForgotten,
    /// The rest of a list, a history or a stream is not read where a page ends early.
    PagesNotFollowed,
    /// Gaps are filled by reads that do not see the latest commits.
    BackfillStale,
    /// `min_version` does not reach its function.
    WaitIgnored,
    /// A rebuild leaves a segment of the event table out.
    SegmentSkipped,
    /// A rebuild takes the end of a page for the end of its segment.
    SegmentCutShort,
    /// A rebuild goes on behind what it has read, and not behind its checkpoint.
    ResumedPastCheckpoint,
    /// A rebuild begins before the stream feeds both generations.
    RebuildBegunEarly,
    /// A rebuild's reads of the event table do not see the latest commits.
    RebuildScanStale,
    /// A rebuild's writes that are throttled are taken for such that succeeded.
    RebuildThrottleIgnored,
    /// The stream feeds the generation that is read, and not the other.
    SecondGenerationUnfed,
    /// What the stream brings to the second generation counts as done where that is throttled.
    SecondGenerationFailureIgnored,
}

impl Mutation {
    /// Every planted bug.
    #[must_use]
    pub fn all() -> &'static [Self] {
        Self::value_variants()
    }

    /// What the command line calls it.
    #[must_use]
    pub fn name(self) -> String {
        self.to_possible_value().map_or_else(String::new, |value| value.get_name().to_owned())
    }
}
