//! Operator function: builds a generation of the query table from the event table, and compares it with the other.
//!
//! The event table is scanned in segments, and each page of it is projected by every projection as if the stream had
//! delivered it. Checkpoints and conditions make that safe beside the live stream, which feeds both generations: who
//! comes second finds the work done. So the function may end anywhere, and be started again anywhere.

mod build;
mod compare;
mod pace;
mod projections;
mod request;
mod settings;

pub use self::projections::Projections;
pub use build::{Build, BuildError, BuildReport, BuildState};
pub use compare::{CompareReport, CompareState, Comparison, Continuation};
pub use request::{Operator, Report, Request};
pub use settings::{SettingError, Settings};
