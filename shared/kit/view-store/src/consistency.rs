//! The consistency of reads.

/// Whether a read includes every write that was acknowledged before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Consistency {
    /// The read may miss the latest writes. It costs half as much as a strongly consistent read.
    Eventual,
    /// The read includes every acknowledged write.
    Strong,
}
