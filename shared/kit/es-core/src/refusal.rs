//! The reasons why a domain refuses a command, independent of HTTP.

/// The kind of a refusal, with the details that the caller needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// The aggregate does not exist.
    NotFound,
    /// The aggregate exists but does not belong to the caller.
    NotYours,
    /// The aggregate's state does not allow the command.
    Rule {
        /// The rule's stable name: `account-already-closed`.
        code: &'static str,
    },
    /// The command holds an invalid value.
    Invalid {
        /// The path of the value in the command: `items[0].quantity`.
        field: String,
        /// The stable name of the problem: `quantity-out-of-range`.
        code: &'static str,
    },
}

/// The error of a domain. Its `Display` text is written for the caller.
pub trait DomainError: std::error::Error {
    /// The kind of the refusal.
    fn refusal(&self) -> Refusal;
}
