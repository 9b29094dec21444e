//! Operator function: looks at some streams now and then, and tells whose views are not where they should be.
//!
//! It mends nothing. A view that is behind for longer than projections take, or ahead of its stream, is a metric, an
//! alarm and a line in the log; the `redrive` function brings such a stream up to date.

mod comparison;
mod mismatch;
mod sample;

pub use comparison::{GRACE, Reconcile, ReconcileError, ReconcileReport};
pub use mismatch::Mismatch;
