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
}

const WRITES: &str = "functions' writes";

impl Fault {
    /// All faults.
    pub const ALL: [Self; 8] = [
        Self::Duplicates,
        Self::Reorder,
        Self::Redeliver,
        Self::Throttle,
        Self::Kill,
        Self::Timeout,
        Self::LateAnswer,
        Self::LostAnswer,
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
        };
        format!("of the {part_of}: {effect}")
    }

    /// Finds a fault by its name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|fault| fault.name() == name)
    }
}
