//! The telemetry of a function, tested with a fake Runtime API and a fake collector.
#![cfg(test)]

mod certificate;
mod collector;
mod export;
mod failures;
mod function;
mod invocation;
mod lambda;
mod lines;
mod metrics;
mod sampling;
mod settings;
mod traceparent;
mod tracestate;
mod xray;
