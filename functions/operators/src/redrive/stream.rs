//! Reads records from the stream: the port, and the implementation for Amazon Kinesis.

use std::future::Future;

use aws_sdk_kinesis as kinesis;
use aws_sdk_kinesis::Client;
use aws_sdk_kinesis::config::http::HttpResponse;
use aws_sdk_kinesis::config::retry::RetryConfig;
use aws_sdk_kinesis::error::SdkError;
use aws_sdk_kinesis::operation::get_records::{GetRecordsError, GetRecordsOutput};
use aws_sdk_kinesis::operation::get_shard_iterator::GetShardIteratorError;
use aws_sdk_kinesis::types::{Record as Found, ShardIteratorType};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use event_stream::{Record, RecordRange, SequenceNumber};

use crate::redrive::pace::ReadPace;

/// The most reads for one batch. Lambda delivers at most 6 MB in a batch and a read returns up to 10 MB, so one read
/// would be enough. But a read may also return no record before the end of the shard.
///
/// Source: AWS Lambda Developer Guide, "Lambda quotas"; Amazon Kinesis Data Streams Developer Guide, "Quotas and
/// limits".
const MAX_READS: u32 = 64;

/// The most attempts of one read.
const MAX_ATTEMPTS: u32 = 8;

/// The most records in one read. Kinesis allows up to 10,000.
///
/// Source: Amazon Kinesis Data Streams API Reference, `GetRecords`.
const MOST_AT_ONCE: i32 = 1_000;

/// The result of reading a range of records.
#[derive(Debug, Clone, PartialEq)]
pub enum ReadBack {
    /// All records of the range.
    Whole(Vec<Record>),
    /// The stream does not have the whole range: it no longer retains the first record, or it ends before the last one.
    Trimmed,
}

/// The stream could not be read.
#[derive(Debug, thiserror::Error)]
#[error("the stream cannot be read")]
pub struct SourceError(#[source] pub Box<dyn std::error::Error + Send + Sync>);

/// Reads records from a stream.
pub trait RecordSource: Send + Sync {
    /// Reads the records of `range`.
    ///
    /// # Errors
    /// [`SourceError`] if a request fails, or if the reads end before the end of the range.
    fn read(&self, range: &RecordRange) -> impl Future<Output = Result<ReadBack, SourceError>> + Send;
}

/// Records in Amazon Kinesis. Clones share the pace of their reads.
#[derive(Debug, Clone)]
pub struct KinesisRecords {
    client: Client,
    pace: ReadPace,
}

impl KinesisRecords {
    /// Reads streams through `client`, which is configured with timeouts and retries.
    #[must_use]
    pub fn new(client: Client) -> Self {
        Self { client, pace: ReadPace::default() }
    }

    /// Reads records of the shard of `range` from the iterator `at`. An attempt that may succeed later is repeated at a
    /// growing distance.
    async fn get_records(&self, range: &RecordRange, at: &str) -> Result<GetRecordsOutput, SourceError> {
        // The SDK would repeat an attempt without regard to the pace.
        let once = kinesis::config::Builder::new().retry_config(RetryConfig::disabled());
        let mut failures = 0;
        loop {
            self.pace.turn(&range.shard).await;
            let get = self.client.get_records().stream_arn(&range.stream_arn).shard_iterator(at);
            let attempt = get.limit(MOST_AT_ONCE).customize().config_override(once.clone());
            match Box::pin(attempt.send()).await {
                Ok(answer) => return Ok(answer),
                Err(error) => {
                    failures += 1;
                    if failures >= MAX_ATTEMPTS || !may_succeed_later(&error) {
                        return Err(SourceError(error.into()));
                    }
                    tracing::warn!(shard = range.shard, %error, failures, "the shard was not read; retrying");
                    self.pace.slow_down(&range.shard, failures);
                }
            }
        }
    }

    /// A shard iterator at the first record of `range`; `None` if the stream no longer knows the shard or the record.
    async fn iterator(&self, range: &RecordRange) -> Result<Option<String>, SourceError> {
        let iterator = self
            .client
            .get_shard_iterator()
            .stream_arn(&range.stream_arn)
            .shard_id(&range.shard)
            .shard_iterator_type(ShardIteratorType::AtSequenceNumber)
            .starting_sequence_number(range.first.as_str());
        // Boxed, because the SDK's futures hold kilobytes of state and nest too deeply for the compiler to lay them out
        // in place.
        match Box::pin(iterator.send()).await {
            Ok(answer) => Ok(answer.shard_iterator),
            Err(error) => match error.as_service_error() {
                Some(
                    GetShardIteratorError::ResourceNotFoundException(_)
                    | GetShardIteratorError::InvalidArgumentException(_),
                ) => Ok(None),
                _ => Err(SourceError(error.into())),
            },
        }
    }
}

impl RecordSource for KinesisRecords {
    /// If the first record is no longer retained, Kinesis silently starts at the oldest retained one. The range is
    /// therefore complete only if the read starts with its first record.
    async fn read(&self, range: &RecordRange) -> Result<ReadBack, SourceError> {
        let mut iterator = self.iterator(range).await?;
        let mut records: Vec<Record> = Vec::new();
        for _ in 0..MAX_READS {
            let Some(at) = iterator else { return Ok(ReadBack::Trimmed) };
            let answer = self.get_records(range, &at).await?;
            let is_end = answer.records.is_empty() && answer.millis_behind_latest == Some(0);
            for found in answer.records {
                let record = record(range, &found);
                if records.is_empty() && record.sequence != range.first {
                    return Ok(ReadBack::Trimmed);
                }
                let is_last = record.sequence >= range.last;
                records.push(record);
                if is_last {
                    return Ok(ReadBack::Whole(records));
                }
            }
            iterator = answer.next_shard_iterator.filter(|_| !is_end);
        }
        Err(SourceError(
            format!("{} reads of {} did not reach the batch's end", MAX_READS, range.shard).into(),
        ))
    }
}

/// Whether a failed read may succeed later: the shard had no read left, the service failed, or no answer came.
fn may_succeed_later(error: &SdkError<GetRecordsError, HttpResponse>) -> bool {
    match error {
        SdkError::ServiceError(failed) => {
            failed.err().is_provisioned_throughput_exceeded_exception()
                || failed.err().is_kms_throttling_exception()
                || failed.raw().status().is_server_error()
        }
        SdkError::DispatchFailure(_) | SdkError::TimeoutError(_) | SdkError::ResponseError(_) => true,
        _ => false,
    }
}

fn record(range: &RecordRange, found: &Found) -> Record {
    let arrived_at = found.approximate_arrival_timestamp.map_or(0.0, |time| time.as_secs_f64());
    Record {
        sequence: SequenceNumber::new(&found.sequence_number),
        shard: range.shard.clone(),
        partition_key: found.partition_key.clone().unwrap_or_default(),
        arrived_at,
        source_arn: range.stream_arn.clone(),
        data: STANDARD.encode(&found.data),
    }
}
