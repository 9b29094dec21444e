//! The functions' spans: a receiver that stores the newest traces, and the waterfall view of a trace.

pub mod otlp;
pub mod waterfall;
