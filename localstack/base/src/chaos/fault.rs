//! The faults that can be injected, by name.

/// A fault that AWS may cause and sometimes does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fault {
    /// A change record is put twice.
    Duplicates,
    /// A change record is put behind later records.
    Reorder,
    /// A batch that succeeded is delivered again.
    Redeliver,
    /// A write is refused.
    Throttle,
    /// A function's process is killed before, during or after its write.
    Kill,
    /// A function hangs after its write until its timeout.
    Timeout,
    /// The response to a write arrives after the caller stopped waiting.
    LateAnswer,
    /// The response to a write is lost.
    LostAnswer,
    /// An event bus refuses an entry because of too many requests.
    EntryThrottle,
    /// An event bus refuses an entry because it failed itself.
    EntryFailure,
    /// A delivery to a rule's target is made twice.
    DeliveryDuplicates,
    /// A delivery to a rule's target is made behind later ones.
    DeliveryReorder,
    /// An attempt to deliver to a rule's target fails.
    DeliveryFailure,
}

const WRITES: &str = "functions' writes";
const ENTRIES: &str = "entries that functions send to an event bus";
const DELIVERIES: &str = "deliveries to the targets of rules";

impl Fault {
    /// All faults.
    pub const ALL: [Self; 13] = [
        Self::Duplicates,
        Self::Reorder,
        Self::Redeliver,
        Self::Throttle,
        Self::Kill,
        Self::Timeout,
        Self::LateAnswer,
        Self::LostAnswer,
        Self::EntryThrottle,
        Self::EntryFailure,
        Self::DeliveryDuplicates,
        Self::DeliveryReorder,
        Self::DeliveryFailure,
    ];

    /// Name of the fault in a [`ChaosSpec`](super::ChaosSpec).
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Duplicates => "duplicates",
            Self::Reorder => "reorder",
            Self::Redeliver => "redeliver",
            Self::Throttle => "throttle",
            Self::Kill => "kill",
            Self::Timeout => "timeout",
            Self::LateAnswer => "late-answer",
            Self::LostAnswer => "lost-answer",
            Self::EntryThrottle => "entry-throttle",
            Self::EntryFailure => "entry-failure",
            Self::DeliveryDuplicates => "delivery-duplicates",
            Self::DeliveryReorder => "delivery-reorder",
            Self::DeliveryFailure => "delivery-failure",
        }
    }

    /// Describes the events that the fault's rate applies to, and the effect.
    #[must_use]
    pub fn meaning(self) -> String {
        let (part_of, effect) = match self {
            Self::Duplicates => ("table's change records", "put into the stream twice"),
            Self::Reorder => ("table's change records", "put into the stream behind later records"),
            Self::Redeliver => ("batches that succeeded", "delivered again"),
            Self::Throttle => (WRITES, "refused because they exceed the table's throughput"),
            Self::Kill => (WRITES, "the process is killed before, during or after the write, at random"),
            Self::Timeout => (WRITES, "carried out, then the function hangs until its timeout"),
            Self::LateAnswer => {
                (WRITES, "carried out, but the response arrives after the caller stopped waiting")
            }
            Self::LostAnswer => (WRITES, "carried out, but the connection closes without a response"),
            Self::EntryThrottle => (ENTRIES, "refused because of too many requests"),
            Self::EntryFailure => (ENTRIES, "refused with an internal failure"),
            Self::DeliveryDuplicates => (DELIVERIES, "made again, up to a second later"),
            Self::DeliveryReorder => (DELIVERIES, "made up to a second later, behind later events"),
            Self::DeliveryFailure => (DELIVERIES, "failed at this attempt, and retried as the target says"),
        };
        format!("of the {part_of}: {effect}")
    }

    /// Finds a fault by its name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|fault| fault.name() == name)
    }
}
