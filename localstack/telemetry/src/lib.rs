//! The functions' spans: a receiver that keeps the last traces, and a trace as a waterfall.

pub mod otlp;
pub mod waterfall;
