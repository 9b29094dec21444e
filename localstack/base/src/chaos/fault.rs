//! The faults that can be asked for, by name.

/// Something that AWS may do to a system, and sometimes does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fault {
    /// A change record is put twice.
    Duplicates,
    /// A change record is put behind later ones.
    Reorder,
    /// A batch that succeeded is delivered once more.
    Redeliver,
    /// A write is refused.
    Throttle,
    /// A function's process is killed around its write.
    Kill,
    /// A function hangs after its write until its time is over.
    Timeout,
    /// The answer to a write comes when nobody waits any more.
    LateAnswer,
    /// The answer to a write is lost.
    LostAnswer,
}

const WRITES: &str = "functions' writes";

impl Fault {
    /// All of them.
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

    /// What it is called where it is asked for.
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

    /// What it does, and of what its rate is a part.
    #[must_use]
    pub fn meaning(self) -> String {
        let (part_of, effect) = match self {
            Self::Duplicates => ("table's change records", "put into the stream twice"),
            Self::Reorder => ("table's change records", "put into the stream behind later ones"),
            Self::Redeliver => ("batches that succeeded", "delivered once more"),
            Self::Throttle => (WRITES, "refused as above the table's throughput"),
            Self::Kill => (WRITES, "the process killed before, during or after it, by chance"),
            Self::Timeout => (WRITES, "carried out, and the function hangs until its time is over"),
            Self::LateAnswer => (WRITES, "carried out, and answered when nobody waits any more"),
            Self::LostAnswer => (WRITES, "carried out, and the connection breaks instead of an answer"),
        };
        format!("of the {part_of}: {effect}")
    }

    /// The fault with a name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|fault| fault.name() == name)
    }
}
