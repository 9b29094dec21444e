//! Tests of the OTLP receiver with exporters and backends.
#![cfg(test)]

mod forwarding;
mod keeping;
mod messages;
mod receiver;
mod receiving;
mod refusals;
