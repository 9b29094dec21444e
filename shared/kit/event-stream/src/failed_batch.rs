//! Lambda's reports of batches that it stopped delivering, as an on-failure destination receives them.

use es_core::Timestamp;
use serde::Deserialize;

use crate::SequenceNumber;

/// Lambda's report of a batch that it stopped delivering. The report does not have the batch's records, which are still
/// in the stream. Unknown members are ignored.
///
/// Source: AWS Lambda Developer Guide, "Retaining records of failed batches", section "On-failure destinations".
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FailedBatch {
    request_context: RequestContext,
    #[serde(rename = "KinesisBatchInfo")]
    batch: BatchInfo,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
struct RequestContext {
    function_arn: String,
    condition: String,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
struct BatchInfo {
    shard_id: String,
    start_sequence_number: SequenceNumber,
    end_sequence_number: SequenceNumber,
    approximate_arrival_of_first_record: Timestamp,
    approximate_arrival_of_last_record: Timestamp,
    batch_size: u64,
    stream_arn: String,
}

/// Consecutive records in one shard of a stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordRange {
    /// The ARN of the stream.
    pub stream_arn: String,
    /// The shard.
    pub shard: String,
    /// The first record.
    pub first: SequenceNumber,
    /// The last record.
    pub last: SequenceNumber,
}

impl FailedBatch {
    /// The ARN of the function that the batch was for, without a qualifier.
    #[must_use]
    pub fn function_arn(&self) -> &str {
        const PARTS: usize = 7;
        let arn = &self.request_context.function_arn;
        let end = arn.match_indices(':').nth(PARTS - 1).map_or(arn.len(), |(place, _)| place);
        &arn[..end]
    }

    /// Why Lambda stopped delivering the batch: `RetryAttemptsExhausted` or `RecordAgeExceeded`.
    #[must_use]
    pub fn condition(&self) -> &str {
        &self.request_context.condition
    }

    /// The position of the records in the stream.
    #[must_use]
    pub fn range(&self) -> RecordRange {
        RecordRange {
            stream_arn: self.batch.stream_arn.clone(),
            shard: self.batch.shard_id.clone(),
            first: self.batch.start_sequence_number.clone(),
            last: self.batch.end_sequence_number.clone(),
        }
    }

    /// When Kinesis received the first record and the last record.
    #[must_use]
    pub const fn arrivals(&self) -> (Timestamp, Timestamp) {
        (self.batch.approximate_arrival_of_first_record, self.batch.approximate_arrival_of_last_record)
    }

    /// The number of records in the batch.
    #[must_use]
    pub const fn records(&self) -> u64 {
        self.batch.batch_size
    }
}

#[cfg(test)]
mod tests {
    use super::{FailedBatch, Timestamp};

    /// The example in AWS's documentation.
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
        let failed: FailedBatch = serde_json::from_str(DOCUMENT).unwrap();
        assert_eq!(failed.function_arn(), "arn:aws:lambda:us-east-2:123456789012:function:myfunction");
        let by_alias: FailedBatch =
            serde_json::from_str(&DOCUMENT.replace("myfunction:$LATEST", "myfunction:live")).unwrap();
        assert_eq!(by_alias.function_arn(), failed.function_arn());
        assert_eq!((failed.condition(), failed.records()), ("RetryAttemptsExhausted", 500));
        let first: Timestamp = "2019-11-14T00:38:04.835Z".parse().unwrap();
        assert_eq!(failed.arrivals().0, first);
        assert_eq!(failed.range().shard, "shardId-000000000001");
    }
}
