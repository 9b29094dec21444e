//! The item of the event table that holds one commit: its attributes, its size, and the way to a commit and back.

use std::collections::HashMap;
use std::hash::BuildHasher;

use aws_sdk_dynamodb::types::AttributeValue;
use dynamo::{AttributeMap, number, text};
use es_core::{
    Commit, IdempotencyKey, JsonError, Metadata, RequestHash, Snapshot, StoreError, StoredEvent, StreamId,
    StreamVersion,
};

/// An item of the event table, attribute by attribute: as the SDK's map, or as the JSON of a change record.
pub trait Attributes {
    /// The text of the attribute `name`; `None` where it is missing or of another type than `S`.
    fn string(&self, name: &str) -> Option<&str>;

    /// The decimal digits of the attribute `name`; `None` where it is missing or of another type than `N`.
    fn number(&self, name: &str) -> Option<&str>;
}

impl<S: BuildHasher> Attributes for HashMap<String, AttributeValue, S> {
    fn string(&self, name: &str) -> Option<&str> {
        self.get(name)?.as_s().ok().map(String::as_str)
    }

    fn number(&self, name: &str) -> Option<&str> {
        self.get(name)?.as_n().ok().map(String::as_str)
    }
}

/// One item of the event table. Each field has the name of its attribute.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommitItem {
    /// The stream: partition key.
    pub pk: String,
    /// The version of the commit's first event, from 1 on: sort key.
    pub sk: u64,
    /// The number of its events, from 1 on.
    pub count: u64,
    /// Its events: a JSON array of `{type, schema?, data}`.
    pub events: String,
    /// When it was accepted: RFC 3339 in UTC, to the microsecond.
    pub at: String,
    /// On whose behalf.
    pub by: String,
    /// The idempotency key it was made under.
    pub key: String,
    /// The SHA-256 of its request, in hexadecimal digits.
    pub request_hash: String,
    /// The W3C trace context of its request.
    pub traceparent: Option<String>,
    /// What ties the messages of one conversation together.
    pub correlation_id: String,
    /// The message that led to it.
    pub causation_id: String,
    /// The aggregate's state after it: JSON `{schema, state, keys}`.
    pub snapshot: Option<String>,
}

/// An item that is no commit, or a commit that fits no item.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{stream}: attribute {attribute}: {reason}")]
pub struct InvalidItem {
    /// The item's stream, as far as it can be read.
    pub stream: String,
    /// The attribute that is wrong.
    pub attribute: &'static str,
    /// What is wrong with it.
    pub reason: String,
}

impl CommitItem {
    /// The item whose attributes are `attributes`. Attributes beyond those of a commit are left alone.
    ///
    /// # Errors
    /// [`InvalidItem`] naming the attribute that is missing or has the wrong type.
    pub fn read(attributes: &impl Attributes) -> Result<Self, InvalidItem> {
        let optional = |name| attributes.string(name).map(str::to_owned);
        let invalid = |attribute, reason: &str| InvalidItem {
            stream: attributes.string("pk").unwrap_or("an unnamed stream").to_owned(),
            attribute,
            reason: reason.to_owned(),
        };
        let string = |name| optional(name).ok_or_else(|| invalid(name, "not a string"));
        let number = |name| {
            let digits = attributes.number(name).and_then(|digits| digits.parse().ok());
            digits.ok_or_else(|| invalid(name, "not a whole number from 0 on"))
        };
        Ok(Self {
            pk: string("pk")?,
            sk: number("sk")?,
            count: number("count")?,
            events: string("events")?,
            at: string("at")?,
            by: string("by")?,
            key: string("key")?,
            request_hash: string("request_hash")?,
            traceparent: optional("traceparent"),
            correlation_id: string("correlation_id")?,
            causation_id: string("causation_id")?,
            snapshot: optional("snapshot"),
        })
    }

    /// The item's size in bytes, as DynamoDB counts it.
    #[must_use]
    pub fn bytes(&self) -> usize {
        dynamo::item_bytes(&self.attributes())
    }

    /// The item as the SDK sends it.
    #[must_use]
    pub fn attributes(&self) -> AttributeMap {
        let texts = [
            ("pk", Some(&self.pk)),
            ("events", Some(&self.events)),
            ("at", Some(&self.at)),
            ("by", Some(&self.by)),
            ("key", Some(&self.key)),
            ("request_hash", Some(&self.request_hash)),
            ("traceparent", self.traceparent.as_ref()),
            ("correlation_id", Some(&self.correlation_id)),
            ("causation_id", Some(&self.causation_id)),
            ("snapshot", self.snapshot.as_ref()),
        ];
        let texts = texts.into_iter().filter_map(|(name, value)| Some((name, text(value?))));
        let numbers = [("sk", number(self.sk)), ("count", number(self.count))];
        texts.chain(numbers).map(|(name, value)| (name.to_owned(), value)).collect()
    }
}

impl TryFrom<CommitItem> for Commit {
    type Error = InvalidItem;

    /// The commit that `item` holds.
    ///
    /// # Errors
    /// [`InvalidItem`] naming the attribute that does not have the form a commit asks for.
    fn try_from(item: CommitItem) -> Result<Self, InvalidItem> {
        let events = parsed::<Vec<StoredEvent>>(&item, "events", &item.events)?;
        if events.is_empty() || item.count != events.len() as u64 {
            return Err(invalid(&item, "count", &format!("{} for {} events", item.count, events.len())));
        }
        if item.sk == 0 {
            return Err(invalid(&item, "sk", &"versions begin at 1"));
        }
        if item.sk.checked_add(item.count).is_none() {
            return Err(invalid(&item, "sk", &"no version is behind it"));
        }
        let snapshot = item.snapshot.as_deref();
        Ok(Commit {
            stream: item.pk.parse::<StreamId>().map_err(|error| invalid(&item, "pk", &error))?,
            first: StreamVersion::new(item.sk),
            events,
            metadata: metadata(&item)?,
            snapshot: snapshot.map(|text| parsed::<Snapshot>(&item, "snapshot", text)).transpose()?,
        })
    }
}

impl TryFrom<&Commit> for CommitItem {
    type Error = InvalidItem;

    /// The item that holds `commit`.
    ///
    /// # Errors
    /// [`InvalidItem`] where the commit has no event, or its first version is not above 0.
    fn try_from(commit: &Commit) -> Result<Self, InvalidItem> {
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
}

impl From<InvalidItem> for StoreError {
    fn from(InvalidItem { stream, attribute, reason }: InvalidItem) -> Self {
        Self::Corrupt { stream, reason: format!("attribute {attribute}: {reason}") }
    }
}

/// The commit that the SDK's `item` holds.
pub(crate) fn commit(item: &AttributeMap) -> Result<Commit, StoreError> {
    Ok(Commit::try_from(CommitItem::read(item)?)?)
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
