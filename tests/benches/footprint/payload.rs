//! The samples in `events/`, changed as little as a fresh invocation takes.

use std::fs;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::Error;

/// The sample `name` of `function`.
pub(crate) fn sample(function: &str, name: &str) -> Result<Value, Error> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../events/{function}/{name}.json"));
    let text = fs::read_to_string(&file).map_err(|error| format!("{}: {error}", file.display()))?;
    Ok(serde_json::from_str(&text)?)
}

/// The request `sample` with an idempotency key that no other has.
pub(crate) fn fresh(mut sample: Value) -> Value {
    sample["headers"]["idempotency-key"] = json!(Uuid::now_v7());
    sample
}

/// The request `sample` to `order` instead of the sample's own.
pub(crate) fn addressed(sample: &Value, order: &str) -> Result<Value, Error> {
    let own = sample["pathParameters"]["id"].as_str().ok_or("the sample names no order")?;
    Ok(serde_json::from_str(&sample.to_string().replace(own, order))?)
}

/// The batch `sample`, which is of one order, as one of `order`.
pub(crate) fn batch_of(mut sample: Value, order: &str) -> Result<Value, Error> {
    for record in sample["Records"].as_array_mut().ok_or("the sample has no records")? {
        let data = STANDARD.decode(record["kinesis"]["data"].as_str().unwrap_or_default())?;
        let text = String::from_utf8(data)?;
        let image: Value = serde_json::from_str(&text)?;
        let stream = image["dynamodb"]["Keys"]["pk"]["S"].as_str().ok_or("the record has no stream")?;
        let changed = text.replace(stream, &format!("order-{order}"));
        record["kinesis"]["data"] = json!(STANDARD.encode(changed));
    }
    Ok(sample)
}
