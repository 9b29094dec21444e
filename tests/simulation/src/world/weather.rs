//! How much goes wrong: each seed has its own mixture, so that rare faults meet each other now and then alone.

use super::Dice;

/// How often each fault happens, in thousandths.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Weather {
    /// A request that never reaches its service.
    pub(crate) lost_requests: u32,
    /// A request that takes effect, and whose answer never comes back.
    pub(crate) lost_answers: u32,
    /// A request that takes effect, and whose answer is waited for in vain.
    pub(crate) silences: u32,
    /// A request that is refused for want of capacity.
    pub(crate) throttles: u32,
    /// A request that is answered 500, without effect.
    pub(crate) failures: u32,
    /// A request that is answered 500 and takes effect all the same.
    pub(crate) false_failures: u32,
    /// A request that takes a second or so.
    pub(crate) slowness: u32,
    /// An answer that stops before what was asked for: a page that ends early, items that are left unwritten or unread.
    pub(crate) short_answers: u32,
    /// A transaction that meets another.
    pub(crate) transaction_conflicts: u32,
    /// A change record that comes more than once.
    pub(crate) duplicates: u32,
    /// A change record that comes late.
    pub(crate) delays: u32,
    /// An invocation that ends anywhere in the middle.
    pub(crate) crashes: u32,
    /// An answer that does not reach the caller of the API.
    pub(crate) lost_replies: u32,
    /// A batch whose function has hardly any time.
    pub(crate) short_deadlines: u32,
    /// A batch after which the mapping begins again from earlier.
    pub(crate) replays: u32,
    /// A commit after which the stream is split or merged.
    pub(crate) reshardings: u32,
    /// A request about the second generation that is refused for want of capacity: a new table has little of it.
    pub(crate) new_table_throttles: u32,
    /// An invocation of the rebuild that ends anywhere in the middle.
    pub(crate) rebuild_crashes: u32,
}

impl Weather {
    /// The weather in which everything still has to be answered: answers stop before what was asked for.
    pub(crate) fn short_answers() -> Self {
        Self { short_answers: 250, ..Self::default() }
    }

    pub(crate) fn of(dice: &Dice) -> Self {
        let rate = || match dice.number(0..6) {
            0..3 => 0,
            3..5 => u32::try_from(dice.number(1..30)).unwrap(),
            _ => u32::try_from(dice.number(30..150)).unwrap(),
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
            transaction_conflicts: rate(),
            duplicates: rate() * 2,
            delays: rate() * 2,
            crashes: rate(),
            lost_replies: rate(),
            short_deadlines: rate(),
            replays: rate(),
            reshardings: rate(),
            new_table_throttles: *dice.one(&[0, 0, 150, 300]),
            rebuild_crashes: *dice.one(&[0, 300, 600]),
        }
    }
}
