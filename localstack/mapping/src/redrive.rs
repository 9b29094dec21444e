//! Delivers records that a mapping gave up, or the event of an asynchronous invocation that failed, once more, when a
//! developer asks for it.
//!
//! A dead letter names the position of its records in the stream. The records are read from the stream again, pass the
//! mapping's filters, and go to the mapping's function in batches of the mapping's size. The mapping's checkpoints stay
//! as they are. With a parallelization factor above 1, the range also contains records of other lanes, which the
//! function gets a second time: delivery is at least once.

use bytes::Bytes;
use serde_json::Value;
use stack_kinesis::{Kinesis, KinesisError, Record, SequenceNumber, Slice};
use stack_lambda::{Invocation, Invoke, InvokeError};
use stack_template::EventSourceMapping;

use super::batch::{MAXIMUM_EVENT, fitting};
use super::event::{Origin, event};
use super::response::{Verdict, verdict};

/// The position of records in a shard.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RecordRange {
    /// The shard.
    pub shard: u32,
    /// Sequence number of the first record.
    pub first: SequenceNumber,
    /// Sequence number of the last record.
    pub last: SequenceNumber,
}

/// Why records were not processed.
#[derive(Debug, thiserror::Error)]
pub enum RedriveError {
    /// The stream cannot be read.
    #[error("cannot read the stream: {0}")]
    Stream(#[from] KinesisError),
    /// The stream no longer retains the first record.
    #[error("the stream no longer has the first record")]
    Expired,
    /// The function was not invoked.
    #[error("the function was not invoked: {0}")]
    Invoke(#[from] InvokeError),
    /// The function failed, or reported a record as failed.
    #[error("the function failed: {0}")]
    Function(String),
}

/// Delivers the records of `range` to the mapping's function and returns their number. It stops at the first batch that
/// fails.
///
/// `role` is the name of the function's role. Each record in an event contains its ARN.
///
/// # Errors
/// [`RedriveError`]; the function may have processed earlier batches of the range.
pub async fn redrive<I: Invoke>(
    mapping: &EventSourceMapping,
    role: &str,
    range: RecordRange,
    kinesis: &Kinesis,
    invoker: &I,
) -> Result<usize, RedriveError> {
    let origin = Origin { source: mapping.source.clone(), shard: range.shard, role: role.to_owned() };
    let stream = mapping.source.record_stream();
    let mut after = SequenceNumber(range.first.0 - 1);
    let mut delivered = 0;
    while after < range.last {
        let slice = Slice::whole(range.shard, after);
        let mut records = kinesis.read(&stream, slice, mapping.batch_size, MAXIMUM_EVENT)?;
        records.retain(|record| record.sequence <= range.last);
        if delivered == 0 && records.first().map(|record| record.sequence) != Some(range.first) {
            return Err(RedriveError::Expired);
        }
        let Some(last) = records.get(..fitting(&records)).and_then(<[Record]>::last) else { break };
        after = last.sequence;
        records.retain(|record| record.sequence <= after);
        delivered += records.len();
        if let Some(filters) = &mapping.filters {
            records.retain(|record| filters.accept(&origin.filtered(record)));
        }
        if records.is_empty() {
            continue;
        }
        let payload = Bytes::from(event(&origin, &records));
        let invocation = invoker.invoke(&mapping.function, payload, None).await?;
        let identifiers: Vec<String> = records.iter().map(|record| origin.identifier(record)).collect();
        if verdict(&invocation, mapping.reports_batch_item_failures, &identifiers) != Verdict::Succeeded {
            return Err(RedriveError::Function(reason(&invocation)));
        }
    }
    Ok(delivered)
}

/// Invokes a function with the event of an asynchronous invocation that was given up.
///
/// # Errors
/// [`RedriveError::Invoke`] or [`RedriveError::Function`].
pub async fn redrive_event<I: Invoke>(
    function: &str,
    event: String,
    invoker: &I,
) -> Result<(), RedriveError> {
    let invocation = invoker.invoke(function, Bytes::from(event), None).await?;
    match invocation.function_error {
        Some(_) => Err(RedriveError::Function(reason(&invocation))),
        None => Ok(()),
    }
}

/// The message of a function error, or the whole answer.
fn reason(invocation: &Invocation) -> String {
    let answer: Value = serde_json::from_slice(&invocation.payload).unwrap_or_default();
    let message = answer["errorMessage"].as_str().map(str::to_owned);
    message.unwrap_or_else(|| String::from_utf8_lossy(&invocation.payload).into_owned())
}
