//! Reads records from the stream: the port, and the implementation for Amazon Kinesis.

use std::future::Future;
use std::time::Duration;

use aws_sdk_kinesis::Client;
use aws_sdk_kinesis::operation::get_shard_iterator::GetShardIteratorError;
use aws_sdk_kinesis::types::{Record as Found, ShardIteratorType};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use event_stream::{Record, RecordRange, SequenceNumber};
use tokio::time::sleep;

/// The most reads for one batch. Lambda delivers at most 6 MB in a batch and a read returns up to 10 MB, so one read
/// would be enough. But a read may also return no record before the end of the shard.
///
/// Source: AWS Lambda Developer Guide, "Lambda quotas"; Amazon Kinesis Data Streams Developer Guide, "Quotas and
/// limits".
const MAX_READS: u32 = 64;

/// The pause between reads. A shard allows five reads per second, and the projections read it as well.
///
/// Source: Amazon Kinesis Data Streams Developer Guide, "Quotas and limits".
const PAUSE: Duration = Duration::from_millis(300);

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

/// Records in Amazon Kinesis.
#[derive(Debug, Clone)]
pub struct KinesisRecords {
    client: Client,
}

impl KinesisRecords {
    /// Reads streams through `client`, which is configured with timeouts and retries.
    #[must_use]
    pub const fn new(client: Client) -> Self {
        Self { client }
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
        for reads in 0..MAX_READS {
            let Some(at) = iterator else { return Ok(ReadBack::Trimmed) };
            if reads > 0 {
                sleep(PAUSE).await;
            }
            let get = self.client.get_records().stream_arn(&range.stream_arn).shard_iterator(at);
            let answer = Box::pin(get.limit(MOST_AT_ONCE).send()).await;
            let answer = answer.map_err(|error| SourceError(error.into()))?;
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
