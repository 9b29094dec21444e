//! Commits to items of the event table and back.

use es_core::{
    Commit, IdempotencyKey, JsonError, Metadata, RequestHash, Snapshot, StoredEvent, StreamId, StreamVersion,
};

use crate::{CommitItem, InvalidItem};

/// The commit that `item` holds.
pub(crate) fn commit(item: &CommitItem) -> Result<Commit, InvalidItem> {
    let events = parsed::<Vec<StoredEvent>>(item, "events", &item.events)?;
    if events.is_empty() || item.count != events.len() as u64 {
        return Err(invalid(item, "count", &format!("{} for {} events", item.count, events.len())));
    }
    if item.sk == 0 {
        return Err(invalid(item, "sk", &"versions begin at 1"));
    }
    if item.sk.checked_add(item.count).is_none() {
        return Err(invalid(item, "sk", &"no version is behind it"));
    }
    let snapshot = item.snapshot.as_deref();
    Ok(Commit {
        stream: item.pk.parse::<StreamId>().map_err(|error| invalid(item, "pk", &error))?,
        first: StreamVersion::new(item.sk),
        events,
        metadata: metadata(item)?,
        snapshot: snapshot.map(|text| parsed::<Snapshot>(item, "snapshot", text)).transpose()?,
    })
}

fn metadata(item: &CommitItem) -> Result<Metadata, InvalidItem> {
    let key = IdempotencyKey::try_from(item.key.clone()).map_err(|error| invalid(item, "key", &error))?;
    Ok(Metadata {
        occurred_at: item.at.parse().map_err(|error| invalid(item, "at", &error))?,
        actor: item.by.clone(),
        key,
        request_hash: RequestHash::stored(item.request_hash.clone()),
        traceparent: item.traceparent.clone(),
        correlation_id: item.correlation_id.clone(),
        causation_id: item.causation_id.clone(),
    })
}

/// The item that holds `commit`.
pub(crate) fn item(commit: &Commit) -> Result<CommitItem, InvalidItem> {
    let stream = commit.stream.to_string();
    let refused = |attribute, reason: &str| InvalidItem {
        stream: stream.clone(),
        attribute,
        reason: reason.to_owned(),
    };
    if commit.events.is_empty() {
        return Err(refused("count", "a commit has an event at least"));
    }
    if commit.first == StreamVersion::NONE {
        return Err(refused("sk", "versions begin at 1"));
    }
    let Metadata { occurred_at, actor, key, request_hash, .. } = &commit.metadata;
    let snapshot = commit.snapshot.as_ref().map(serde_json::to_string).transpose();
    Ok(CommitItem {
        sk: commit.first.get(),
        count: commit.events.len() as u64,
        events: serde_json::to_string(&commit.events)
            .map_err(|error| refused("events", &error.to_string()))?,
        at: occurred_at.to_string(),
        by: actor.clone(),
        key: key.to_string(),
        request_hash: request_hash.as_str().to_owned(),
        traceparent: commit.metadata.traceparent.clone(),
        correlation_id: commit.metadata.correlation_id.clone(),
        causation_id: commit.metadata.causation_id.clone(),
        snapshot: snapshot.map_err(|error| refused("snapshot", &error.to_string()))?,
        pk: stream,
    })
}

fn parsed<T: serde::de::DeserializeOwned>(
    item: &CommitItem,
    attribute: &'static str,
    text: &str,
) -> Result<T, InvalidItem> {
    serde_json::from_str(text).map_err(|error| invalid(item, attribute, &JsonError::from(error)))
}

fn invalid(item: &CommitItem, attribute: &'static str, reason: &dyn ToString) -> InvalidItem {
    InvalidItem { stream: item.pk.clone(), attribute, reason: reason.to_string() }
}
