//! Records read back from Amazon Kinesis.

use std::time::Duration;

use aws_sdk_kinesis::Client;
use aws_sdk_kinesis::operation::get_shard_iterator::GetShardIteratorError;
use aws_sdk_kinesis::types::{Record as Found, ShardIteratorType};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use event_stream::{Record, SequenceNumber};
use tokio::time::sleep;

use crate::redrive::{Place, ReadBack, RecordSource, SourceError};

/// The most reads for one batch. A read brings up to 10 MB, a batch is at most 6 MB; a read may bring nothing though
/// there is more.
const MAX_READS: u32 = 64;

/// How long between reads: a shard takes five a second, and the projections read it as well.
///
/// Source: Amazon Kinesis Data Streams Developer Guide, "Quotas and limits".
const PAUSE: Duration = Duration::from_millis(300);

/// The most records of one read.
const MOST_AT_ONCE: i32 = 1_000;

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

    /// An iterator at the first record of `place`; `None` where the shard or the record is known no longer.
    async fn iterator(&self, place: &Place) -> Result<Option<String>, SourceError> {
        let iterator = self
            .client
            .get_shard_iterator()
            .stream_arn(&place.stream_arn)
            .shard_id(&place.shard)
            .shard_iterator_type(ShardIteratorType::AtSequenceNumber)
            .starting_sequence_number(place.first.as_str());
        // Boxed: the SDK's futures are kilobytes of state, nested too deep for the compiler to lay out in place.
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
    async fn read(&self, place: &Place) -> Result<ReadBack, SourceError> {
        let mut iterator = self.iterator(place).await?;
        let mut records: Vec<Record> = Vec::new();
        for reads in 0..MAX_READS {
            let Some(at) = iterator else { return Ok(ReadBack::Trimmed) };
            if reads > 0 {
                sleep(PAUSE).await;
            }
            let get = self.client.get_records().stream_arn(&place.stream_arn).shard_iterator(at);
            let answer = Box::pin(get.limit(MOST_AT_ONCE).send()).await;
            let answer = answer.map_err(|error| SourceError(error.into()))?;
            let is_end = answer.records.is_empty() && answer.millis_behind_latest == Some(0);
            for found in answer.records {
                let record = record(place, &found);
                if records.is_empty() && record.sequence != place.first {
                    return Ok(ReadBack::Trimmed);
                }
                let is_last = record.sequence >= place.last;
                records.push(record);
                if is_last {
                    return Ok(ReadBack::Whole(records));
                }
            }
            iterator = answer.next_shard_iterator.filter(|_| !is_end);
        }
        Err(SourceError(format!("{} reads of {} bring no end", MAX_READS, place.shard).into()))
    }
}

fn record(place: &Place, found: &Found) -> Record {
    let arrived_at = found.approximate_arrival_timestamp.map_or(0.0, |time| time.as_secs_f64());
    Record {
        sequence: SequenceNumber::new(&found.sequence_number),
        shard: place.shard.clone(),
        partition_key: found.partition_key.clone().unwrap_or_default(),
        arrived_at,
        source_arn: place.stream_arn.clone(),
        data: STANDARD.encode(&found.data),
    }
}
