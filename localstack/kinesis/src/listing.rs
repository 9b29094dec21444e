//! Shards as the wire API returns them: single, in pages, and filtered (Kinesis API reference, `ListShards`,
//! `ShardFilter` and `ChildShard`).

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use stack_base::clock::now_ms;

use super::Kinesis;
use super::error::KinesisError;
use super::hash_keys::{number_of_id, shard_id};
use super::iterator::{decode_opaque, encode_opaque};
use super::requests::{Filter, ListShards};
use super::shard::Shard;

/// Page size when the request does not set one.
const PAGE: usize = 1000;

/// Content of a `NextToken`: the stream, the last shard of the previous page, and the filter.
#[derive(Debug, Serialize, Deserialize)]
struct NextToken {
    stream: String,
    after: u32,
    filter: Option<Filter>,
}

/// Name of the stream in a `NextToken`; `None` when this stack did not create the token.
#[must_use]
pub fn stream_of_token(token: &str) -> Option<String> {
    decode_opaque(token).map(|token: NextToken| token.stream)
}

/// Executes `ListShards`.
pub(super) fn list(kinesis: &Kinesis, request: ListShards) -> Result<Value, KinesisError> {
    let limit = request.max_results.unwrap_or(PAGE);
    if request.next_token.is_some() && request.target.is_named() {
        return Err(invalid("NextToken and StreamName cannot be provided together.".to_owned()));
    }
    if request.next_token.is_none() && !request.target.is_named() {
        return Err(invalid("Either NextToken or StreamName should be provided.".to_owned()));
    }
    let (stream, after, filter) = if let Some(token) = request.next_token {
        let token: NextToken =
            decode_opaque(&token).ok_or_else(|| invalid("Invalid NextToken.".to_owned()))?;
        (token.stream, Some(token.after), token.filter)
    } else {
        let after = request.exclusive_start_shard_id.as_deref().map(number).transpose()?;
        (request.target.name()?, after, request.shard_filter)
    };
    let horizon = now_ms() - kinesis.retention_ms(&stream)?;
    let mut shards = kinesis.shards(&stream)?;
    shards.retain(|shard| after.is_none_or(|after| shard.number > after));
    if let Some(filter) = &filter {
        let admits = filter.admits(horizon)?;
        shards.retain(|shard| admits(shard));
    }
    let is_last = shards.len() <= limit;
    shards.truncate(limit);
    let mut answer = json!({"Shards": shards.iter().map(described).collect::<Vec<_>>()});
    if let Some(last) = shards.last().filter(|_| !is_last) {
        answer["NextToken"] = json!(encode_opaque(&NextToken { stream, after: last.number, filter }));
    }
    Ok(answer)
}

impl Filter {
    /// Returns a predicate for the shards that the filter admits. `horizon` is the start of the retention period, in
    /// milliseconds since the epoch.
    fn admits(&self, horizon: i64) -> Result<impl Fn(&Shard) -> bool, KinesisError> {
        let needed = |member| invalid(format!("ShardFilter {} needs a {member}.", self.kind));
        let time = || self.timestamp_ms().ok_or_else(|| needed("Timestamp")).map(|ms| ms.max(horizon));
        let mut after = None;
        // A shard is admitted if it was opened by the first time and not closed before the second time.
        let (opened_by, closed_from) = match self.kind.as_str() {
            "FROM_TRIM_HORIZON" => (i64::MAX, i64::MIN),
            "AT_TRIM_HORIZON" => (horizon, horizon),
            "AT_LATEST" => (i64::MAX, i64::MAX),
            "AT_TIMESTAMP" => (time()?, time()?),
            "FROM_TIMESTAMP" => (i64::MAX, time()?),
            "AFTER_SHARD_ID" => {
                after = Some(number(self.shard_id.as_deref().ok_or_else(|| needed("ShardId"))?)?);
                (i64::MAX, i64::MIN)
            }
            other => return Err(invalid(format!("{other} is not a ShardFilter type."))),
        };
        // If a stream is younger than its retention period, its first shards count as open at the horizon.
        Ok(move |shard: &Shard| {
            after.is_none_or(|after| shard.number > after)
                && (shard.opened_ms <= opened_by || shard.parents().next().is_none())
                && shard.closed_ms.is_none_or(|closed| closed >= closed_from)
        })
    }
}

pub(super) fn number(id: &str) -> Result<u32, KinesisError> {
    number_of_id(id).ok_or_else(|| invalid(format!("{id} is not the id of a shard.")))
}

fn invalid(message: String) -> KinesisError {
    KinesisError::Invalid(message)
}

/// A shard as `ListShards` and `DescribeStream` return it.
pub(super) fn described(shard: &Shard) -> Value {
    let mut described = json!({
        "ShardId": shard_id(shard.number),
        "HashKeyRange": hash_key_range(shard),
        "SequenceNumberRange": {"StartingSequenceNumber": shard.first_number()},
    });
    if let Some(ending) = shard.last_number() {
        described["SequenceNumberRange"]["EndingSequenceNumber"] = json!(ending);
    }
    if let Some(parent) = shard.parent {
        described["ParentShardId"] = json!(shard_id(parent));
    }
    if let Some(adjacent) = shard.adjacent_parent {
        described["AdjacentParentShardId"] = json!(shard_id(adjacent));
    }
    described
}

/// The children of a shard as `GetRecords` returns them at the end of the shard.
pub(super) fn children(shards: &[Shard], parent: u32) -> Vec<Value> {
    let child = |shard: &Shard| {
        json!({
            "ShardId": shard_id(shard.number),
            "ParentShards": shard.parents().map(shard_id).collect::<Vec<_>>(),
            "HashKeyRange": hash_key_range(shard),
        })
    };
    shards.iter().filter(|shard| shard.parents().any(|of| of == parent)).map(child).collect()
}

fn hash_key_range(shard: &Shard) -> Value {
    json!({"StartingHashKey": shard.first.to_string(), "EndingHashKey": shard.last.to_string()})
}
