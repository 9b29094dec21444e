//! The stream: the port that reads records back, and Amazon Kinesis.

use std::future::Future;
use std::time::Duration;

use aws_sdk_kinesis::Client;
use aws_sdk_kinesis::operation::get_shard_iterator::GetShardIteratorError;
use aws_sdk_kinesis::types::{Record as Found, ShardIteratorType};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use event_stream::{Record, RecordRange, SequenceNumber};
use tokio::time::sleep;

/// The most reads for one batch. A read brings up to 10 MB, a batch is at most 6 MB; a read may bring nothing though
/// there is more.
const MAX_READS: u32 = 64;

/// How long between reads: a shard takes five a second, and the projections read it as well.
///
/// Source: Amazon Kinesis Data Streams Developer Guide, "Quotas and limits".
const PAUSE: Duration = Duration::from_millis(300);

/// The most records of one read.
const MOST_AT_ONCE: i32 = 1_000;

/// Records that were read back.
#[derive(Debug, Clone, PartialEq)]
pub enum ReadBack {
    /// All of them.
    Whole(Vec<Record>),
    /// The first of them at least is no longer retained.
    Trimmed,
}

/// A stream that could not be read.
#[derive(Debug, thiserror::Error)]
#[error("the stream cannot be read")]
pub struct SourceError(#[source] pub Box<dyn std::error::Error + Send + Sync>);

/// Reads records back from a stream.
pub trait RecordSource: Send + Sync {
    /// The records of `range`.
    ///
    /// # Errors
    /// [`SourceError`] if they may be there and cannot be read.
    fn read(&self, range: &RecordRange) -> impl Future<Output = Result<ReadBack, SourceError>> + Send;
}

/// Records in Amazon Kinesis.
#[derive(Debug, Clone)]
pub struct KinesisRecords {
    client: Client,
}

impl KinesisRecords {
    /// The streams that `client` reaches, which brings its own timeouts and retries.
    #[must_use]
    pub const fn new(client: Client) -> Self {
        Self { client }
    }

    /// An iterator at the first record of `range`; `None` where the shard or the record is known no longer.
    async fn iterator(&self, range: &RecordRange) -> Result<Option<String>, SourceError> {
        let iterator = self
            .client
            .get_shard_iterator()
            .stream_arn(&range.stream_arn)
            .shard_id(&range.shard)
            .shard_iterator_type(ShardIteratorType::AtSequenceNumber)
            .starting_sequence_number(range.first.as_str());
        // Boxed: the SDK's futures are kilobytes of state, nested too deep for the compiler to lay out in range.
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
    /// A stream begins at its oldest record where an older one is asked for: so all is there only if the very first
    /// record is.
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
        Err(SourceError(format!("{} reads of {} bring no end", MAX_READS, range.shard).into()))
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
