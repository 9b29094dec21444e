//! What a domain says of a refused command, in words that know no transport.

/// The kind of a refusal, with what a caller needs to act on it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// There is no such aggregate.
    NotFound,
    /// The aggregate exists and is not the caller's.
    NotYours,
    /// A rule of the aggregate's present state stands against it.
    Rule {
        /// The rule's stable name: `account-already-closed`.
        code: &'static str,
    },
    /// A value in the command cannot be accepted.
    Invalid {
        /// Where in the command: `items[0].quantity`.
        field: String,
        /// The stable name of what is wrong: `quantity-out-of-range`.
        code: &'static str,
    },
}

/// A domain's error: its `Display` is written for the caller.
pub trait DomainError: std::error::Error {
    /// What kind of refusal it is.
    fn refusal(&self) -> Refusal;
}
