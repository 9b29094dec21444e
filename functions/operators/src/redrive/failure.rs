//! Batches that Lambda gave up delivering.

use es_core::Timestamp;
use event_stream::SequenceNumber;
use serde::Deserialize;

use crate::redrive::Place;

/// What Lambda says of a batch that it gave up; its records are in the stream. Members that are not read here are left
/// alone.
///
/// Source: AWS Lambda Developer Guide, "Retaining records of failed batches", section "On-failure destinations".
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Failure {
    request_context: RequestContext,
    #[serde(rename = "KinesisBatchInfo")]
    pub(crate) batch: BatchInfo,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
struct RequestContext {
    function_arn: String,
    condition: String,
}

/// Where the batch is.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct BatchInfo {
    shard_id: String,
    start_sequence_number: SequenceNumber,
    end_sequence_number: SequenceNumber,
    /// When Kinesis took its first record.
    pub(crate) approximate_arrival_of_first_record: Timestamp,
    /// When Kinesis took its last record.
    pub(crate) approximate_arrival_of_last_record: Timestamp,
    /// How many records it has.
    pub(crate) batch_size: u64,
    stream_arn: String,
}

impl Failure {
    /// The function that the batch was for, without a qualifier.
    pub(crate) fn function_arn(&self) -> &str {
        const PARTS: usize = 7;
        let arn = &self.request_context.function_arn;
        let end = arn.match_indices(':').nth(PARTS - 1).map_or(arn.len(), |(place, _)| place);
        &arn[..end]
    }

    /// Why Lambda gave it up: `RetryAttemptsExhausted`, `RecordAgeExceeded`.
    pub(crate) fn condition(&self) -> &str {
        &self.request_context.condition
    }

    /// Where its records are.
    pub(crate) fn place(&self) -> Place {
        let BatchInfo { shard_id, start_sequence_number, end_sequence_number, stream_arn, .. } =
            self.batch.clone();
        Place { stream_arn, shard: shard_id, first: start_sequence_number, last: end_sequence_number }
    }
}

#[cfg(test)]
mod tests {
    use super::{Failure, Timestamp};

    /// As AWS documents it.
    const DOCUMENT: &str = r#"{
        "requestContext": {
            "requestId": "c9b8fa9f-5a7f-xmpl-af9c-0c604cde93a5",
            "functionArn": "arn:aws:lambda:us-east-2:123456789012:function:myfunction:$LATEST",
            "condition": "RetryAttemptsExhausted",
            "approximateInvokeCount": 1
        },
        "responseContext": {"statusCode": 200, "executedVersion": "$LATEST", "functionError": "Unhandled"},
        "version": "1.0",
        "timestamp": "2019-11-14T00:38:06.021Z",
        "KinesisBatchInfo": {
            "shardId": "shardId-000000000001",
            "startSequenceNumber": "49601189658422359378836298521827638475320189012309704722",
            "endSequenceNumber": "49601189658422359378836298522902373528957594348623495186",
            "approximateArrivalOfFirstRecord": "2019-11-14T00:38:04.835Z",
            "approximateArrivalOfLastRecord": "2019-11-14T00:38:05.580Z",
            "batchSize": 500,
            "streamArn": "arn:aws:kinesis:us-east-2:123456789012:stream/mystream"
        }
    }"#;

    #[test]
    fn the_documented_example_is_read() {
        let failure: Failure = serde_json::from_str(DOCUMENT).unwrap();
        assert_eq!(failure.function_arn(), "arn:aws:lambda:us-east-2:123456789012:function:myfunction");
        assert_eq!((failure.condition(), failure.batch.batch_size), ("RetryAttemptsExhausted", 500));
        let first: Timestamp = "2019-11-14T00:38:04.835Z".parse().unwrap();
        assert_eq!(failure.batch.approximate_arrival_of_first_record, first);
        assert_eq!(failure.place().shard, "shardId-000000000001");
    }
}
