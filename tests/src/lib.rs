//! Scenarios that run against any stack, tidy tests and benchmarks.
