//! Logs, traces and metrics of a function.
