//! Telemetry as a function has it: against a Runtime API and a collector.
#![cfg(test)]

mod certificate;
mod collector;
mod export;
mod failures;
mod function;
mod lambda;
mod lines;
mod metrics;
mod sampling;
mod settings;
mod traceparent;
mod tracestate;
mod xray;
