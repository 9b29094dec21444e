//! Helpers of the tests: a stream with some shards.

use std::time::Duration;

use serde_json::Value;
use stack_base::store::SqliteStore;
use stack_template::Stream;

use crate::{Entry, Kinesis, Slice, api};

pub(super) fn stream() -> Stream {
    Stream {
        logical_id: "Changes".to_owned(),
        name: "changes".to_owned(),
        retention: Duration::from_hours(24),
        shards: None,
    }
}

pub(super) fn kinesis(shards: u32) -> Kinesis {
    Kinesis::open(SqliteStore::in_memory(crate::SCHEMAS).unwrap(), &[stream()], shards).unwrap()
}

/// A stream `changes` with the provisioned capacity mode.
pub(super) fn provisioned(shards: u32) -> Kinesis {
    let stream = Stream { shards: Some(shards), ..stream() };
    Kinesis::open(SqliteStore::in_memory(crate::SCHEMAS).unwrap(), &[stream], 1).unwrap()
}

pub(super) fn entry(key: &str) -> Entry {
    Entry { partition_key: key.to_owned(), explicit_hash_key: None, data: key.as_bytes().to_vec() }
}

pub(super) fn keys(kinesis: &Kinesis, slice: Slice) -> Vec<String> {
    let records = kinesis.read("changes", slice, 1000, usize::MAX).unwrap();
    records.into_iter().map(|record| record.partition_key).collect()
}

pub(super) fn call(kinesis: &Kinesis, operation: &str, body: &Value) -> Value {
    api::call(kinesis, operation, body.to_string().as_bytes()).unwrap()
}

/// The error code of a call that fails.
pub(super) fn code(kinesis: &Kinesis, operation: &str, body: &Value) -> String {
    api::call(kinesis, operation, body.to_string().as_bytes()).unwrap_err().code
}
