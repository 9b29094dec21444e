//! The OTLP receiver, as exporters and backends meet it.
#![cfg(test)]

mod forwarding;
mod keeping;
mod messages;
mod receiver;
mod refusals;
mod taking;
