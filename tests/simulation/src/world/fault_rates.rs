//! The probabilities of faults. Each seed has its own mixture, so in some runs rare faults occur together without the
//! frequent ones.

use std::time::Duration;

use super::Random;

/// The longest time that a request to a table or its response is on its way.
pub(crate) const LONGEST_WAY: Duration = Duration::from_millis(2_500);

/// The probability of each fault, in thousandths, and the lag of stale reads. The default is fair weather, which has no
/// faults.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct FaultRates {
    /// A request never reaches the service.
    pub(crate) lost_requests: u32,
    /// A request takes effect, and the connection breaks before the response.
    pub(crate) lost_answers: u32,
    /// A request takes effect, and no response ever arrives.
    pub(crate) silences: u32,
    /// The service throttles a request.
    pub(crate) throttles: u32,
    /// The response is 500, and the request has no effect.
    pub(crate) failures: u32,
    /// The response is 500, although the request takes effect.
    pub(crate) false_failures: u32,
    /// A request and its response take between 0.1 seconds and [`LONGEST_WAY`] each.
    pub(crate) slowness: u32,
    /// A response is incomplete: a page ends early, or items are left unwritten or unread.
    pub(crate) short_answers: u32,
    /// The event bus does not accept an entry of a request.
    pub(crate) rejected_entries: u32,
    /// A transaction conflicts with another.
    pub(crate) transaction_conflicts: u32,
    /// A change record arrives two or three times.
    pub(crate) duplicates: u32,
    /// A change record arrives in the stream 0.1 to 12 seconds late.
    pub(crate) delays: u32,
    /// An invocation dies within 60 milliseconds.
    pub(crate) crashes: u32,
    /// A response does not reach the caller of the API.
    pub(crate) lost_replies: u32,
    /// A function has less than half a second for a batch or a part of the rebuild.
    pub(crate) short_deadlines: u32,
    /// After a batch, the mapping moves its position back.
    pub(crate) replays: u32,
    /// After a commit, shards are split or merged.
    pub(crate) reshardings: u32,
    /// A request to the second generation is throttled, because a new table has little capacity.
    pub(crate) new_table_throttles: u32,
    /// A request to a generation of the query table during its outage never takes effect and gets no response.
    pub(crate) outages: u32,
    /// An invocation of an operator's function dies within 300 milliseconds.
    pub(crate) operator_crashes: u32,
    /// A read that need not be consistent misses the writes of the last [`lag_millis`](Self::lag_millis).
    pub(crate) stale_reads: u32,
    /// The lag of stale reads, in milliseconds.
    pub(crate) lag_millis: u64,
    /// A request to a queue of failed records, or its response, is lost. A read of the stream by position fails.
    pub(crate) queue_failures: u32,
    /// A received message stays visible for other consumers.
    pub(crate) queue_duplicates: u32,
    /// The mapping gives up a failed batch at once, because its records are too old.
    pub(crate) old_records: u32,
    /// After a commit, the stream trims the records that all projections have passed.
    pub(crate) trims: u32,
}

impl FaultRates {
    /// The fault rates with which every request must succeed. The only fault is incomplete responses.
    pub(crate) fn short_answers() -> Self {
        Self { short_answers: 250, ..Self::default() }
    }

    /// Draws the weather of a run. A rate is 0 in half of the cases, below 3 percent in a third, and 3 to 15 percent
    /// otherwise. Some faults have a multiple or a fraction of a rate.
    pub(crate) fn from_dice(random: &Random) -> Self {
        let rate = || match random.number(0..6) {
            0..3 => 0,
            3..5 => u32::try_from(random.number(1..30)).unwrap(),
            _ => u32::try_from(random.number(30..150)).unwrap(),
        };
        Self {
            lost_requests: rate(),
            lost_answers: rate(),
            silences: rate() / 4,
            throttles: rate(),
            failures: rate(),
            false_failures: rate(),
            slowness: rate(),
            short_answers: rate() * 4,
            rejected_entries: *random.one(&[0, 0, 100, 300]),
            transaction_conflicts: rate(),
            duplicates: rate() * 2,
            delays: rate() * 2,
            crashes: rate(),
            lost_replies: rate(),
            short_deadlines: rate(),
            replays: rate(),
            reshardings: rate(),
            new_table_throttles: *random.one(&[0, 0, 150, 300]),
            outages: 1_000,
            operator_crashes: *random.one(&[0, 300, 600]),
            stale_reads: *random.one(&[0, 0, 150, 500]),
            lag_millis: *random.one(&[30, 300, 1_500, 6_000]),
            queue_failures: rate(),
            queue_duplicates: rate() * 2,
            old_records: *random.one(&[0, 0, 200, 700]),
            trims: *random.one(&[0, 0, 300, 1_000]),
        }
    }
}
