//! The two users of patterns.

/// Who uses a pattern, which decides the operators that it may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Dialect {
    /// A rule of an event bus.
    Rule,
    /// A filter of an event source mapping.
    Filter,
}
