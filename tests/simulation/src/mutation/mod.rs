//! Planted bugs, which prove that the checks find bugs. Each bug changes the behaviour at a port, on the wire, in the
//! mapping or in the deployment, as a bug in the real code would.

pub(crate) mod ports;
pub(crate) mod tampering;

use clap::ValueEnum;

/// A planted bug.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub enum Mutation {
    /// A commit is written without the condition that its version is free.
    VersionConditionDropped,
    /// A commit is put one version too high.
    VersionSkipped,
    /// A write is acknowledged before it happens.
    AcknowledgedBeforeWrite,
    /// A throttled write is treated as a success.
    ThrottleTakenForSuccess,
    /// The idempotency keys of loaded commits and snapshots are ignored.
    KeysForgotten,
    /// The idempotency keys of a snapshot are ignored.
    SnapshotKeysForgotten,
    /// A snapshot remembers the latest 64 idempotency keys only.
    SnapshotKeysLimited,
    /// A snapshot remembers the idempotency keys of the last five hours only.
    SnapshotKeysShortLived,
    /// An idempotency key belongs to all operators.
    KeyOfAnyOperator,
    /// The commits that a command reads after a pause are not folded into its state, but it appends after them.
    PauseNotFolded,
    /// The idempotency key of a request does not reach its function.
    KeyLostOnTheWay,
    /// `If-Match` does not reach its function.
    PreconditionIgnored,
    /// An instance uses a product that it remembers, however old the product is.
    PricesNeverRefreshed,
    /// A view that is behind is written despite the gap.
    GapWrittenOver,
    /// A view is written without the condition on its checkpoint.
    DuplicatesApplied,
    /// The counters and the markers are written in two transactions.
    MarkerApart,
    /// The markers move without the condition on their versions.
    MarkerUnconditional,
    /// The publisher publishes the events after a gap despite the gap.
    PublishedOverGap,
    /// The checkpoint of a stream moves before the event bus has accepted the events.
    PublishedAfterCheckpoint,
    /// Entries that the event bus has not accepted count as published.
    FailedEntriesForgotten,
    /// The events after a failed entry are not sent again if the event bus has accepted them.
    PublishedOnlyOnce,
    /// The idempotency key of a reaction comes from the delivery instead of the event.
    ReactionKeyedByDelivery,
    /// A reaction reports success before its command is done.
    ReactionReportsEarly,
    /// A reaction recognizes repeated events only by the memory of its instance.
    ReactionRemembersOnly,
    /// A reaction also handles events of another type.
    ReactionToAnotherType,
    /// Events that are published again are not marked.
    ReplayNotMarked,
    /// A replay that continues skips a page of the event table.
    ReplayPageSkipped,
    /// A partly failed batch counts as processed.
    CheckpointPastFailure,
    /// Projections get the records of another category.
    FilterOfAnotherCategory,
    /// A projection moves past an event of a type that it does not know, and the event has no effect.
    NewTypeSkipped,
    /// A batch whose function died counts as processed.
    DeathTakenForSuccess,
    /// The records in the dead-letter queues are discarded instead of redriven.
    LettersDiscarded,
    /// A redrive treats records that the stream no longer retains as an empty batch.
    TrimmedBatchTakenForDone,
    /// A redrive sends no letter about a stream that is held.
    HeldStreamForgotten,
    /// An operator takes its lease although another invocation has it.
    LeaseIgnored,
    /// A lease never ends by itself.
    LeaseNeverEnds,
    /// A lease is not returned at the end of the work.
    LeaseKept,
    /// After a restore, functions take the name of the old event table for the timeline of the views.
    TimelineNotCompared,
    /// Some changes never reach the stream.
    ChangeLost,
    /// Some postings are never written, although the checkpoint of the search moves past them.
    PostingsLost,
    /// The events of a history are written at the same time instead of one after the other.
    HistoryEventsTogether,
    /// Unprocessed postings are not written again.
    UnwrittenForgotten,
    /// Unprocessed views are not read again.
    UnreadForgotten,
    /// If a page of a list, a history or a stream ends early, the rest is not read.
    PagesNotFollowed,
    /// Commands load streams without `ConsistentRead`.
    LoadInconsistent,
    /// The next page of a list of orders begins after the time of the last order, without regard to its id.
    PageAfterTime,
    /// The status of a view is written after the rest of the view.
    ViewInTwoWrites,
    /// Gaps are filled without `ConsistentRead`.
    BackfillInconsistent,
    /// `min_version` does not reach its function.
    WaitIgnored,
    /// A rebuild skips a segment of the event table.
    SegmentSkipped,
    /// A rebuild treats the end of a page as the end of the segment.
    SegmentCutShort,
    /// A rebuild continues after the last page that it has read instead of after its checkpoint.
    ResumedPastCheckpoint,
    /// A rebuild begins before every projection knows that the generation is built.
    RebuildBegunEarly,
    /// The event table is scanned without `ConsistentRead`.
    ScanInconsistent,
    /// Throttled writes of a rebuild are treated as successes.
    RebuildThrottleIgnored,
    /// The stream feeds only the live generation.
    SecondGenerationUnfed,
    /// The streams that a generation missed are not counted, so a cut-over does not know of them.
    MissedStreamsForgotten,
    /// A cut-over lets the projections finish a batch that only one generation has.
    CutOverNotStrict,
    /// A cut-over does not wait until every projection knows of it.
    CutOverNotSettled,
    /// A query reads the generation that is built.
    IncompleteGenerationRead,
    /// A function never reads the switch of the generations again.
    KnowledgeNeverRefreshed,
    /// Throttled writes of the stream to the second generation are treated as successes.
    SecondGenerationFailureIgnored,
}

impl Mutation {
    /// All planted bugs.
    #[must_use]
    pub fn all() -> &'static [Self] {
        Self::value_variants()
    }

    /// The bug's name on the command line.
    #[must_use]
    pub fn name(self) -> String {
        self.to_possible_value().map_or_else(String::new, |value| value.get_name().to_owned())
    }
}
