//! The item of the event table that holds one commit: its attributes, its size, and the conversion from and to a
//! commit.

use std::collections::HashMap;
use std::hash::BuildHasher;

use aws_sdk_dynamodb::types::AttributeValue;
use dynamo::{AttributeMap, PK, SK, number, text};
use es_core::{
    Commit, IdempotencyKey, JsonError, Metadata, RawKey, RequestHash, Snapshot, StoreError, StoredEvent,
    StreamId, StreamVersion, UnreadableItem,
};

/// Access to the attributes of an item of the event table. The item is the SDK's map or the JSON of a change record.
pub trait Attributes {
    /// The value of the string attribute `name`; `None` if the attribute is missing or has another type than `S`.
    fn string(&self, name: &str) -> Option<&str>;

    /// The decimal digits of the number attribute `name`; `None` if the attribute is missing or has another type than
    /// `N`.
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
    /// The stream's id: the partition key.
    pub pk: String,
    /// The version of the commit's first event, at least 1: the sort key.
    pub sk: u64,
    /// The number of the commit's events, at least 1.
    pub count: u64,
    /// The commit's events: a JSON array of `{type, schema?, data}`.
    pub events: String,
    /// When the command was accepted: RFC 3339 in UTC, with microseconds.
    pub at: String,
    /// The subject of the caller.
    pub by: String,
    /// The idempotency key of the request.
    pub key: String,
    /// The SHA-256 hash of the request, in hexadecimal digits.
    pub request_hash: String,
    /// The W3C trace context of the request.
    pub traceparent: Option<String>,
    /// The id that all messages of one conversation share.
    pub correlation_id: String,
    /// The id of the message that caused the commit.
    pub causation_id: String,
    /// The aggregate's state after the commit: JSON `{schema, state, recent_keys}`.
    pub snapshot: Option<String>,
}

/// An item that does not hold a commit, or a commit that no item can hold.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{stream}: attribute {attribute}: {reason}")]
pub struct InvalidItem {
    /// The item's stream, as far as it can be read.
    pub stream: String,
    /// The invalid attribute.
    pub attribute: &'static str,
    /// Why the attribute is invalid.
    pub reason: String,
}

impl CommitItem {
    /// Reads the item from `attributes`. Attributes that a commit does not have are ignored.
    ///
    /// # Errors
    /// [`InvalidItem`] with the name of the attribute that is missing or has the wrong type.
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
            digits.ok_or_else(|| invalid(name, "not an integer of at least 0"))
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
        dynamo::item_bytes(&self.clone().into_attributes())
    }

    /// The item in the form that the SDK sends.
    #[must_use]
    pub fn into_attributes(self) -> AttributeMap {
        let texts = [
            ("pk", Some(self.pk)),
            ("events", Some(self.events)),
            ("at", Some(self.at)),
            ("by", Some(self.by)),
            ("key", Some(self.key)),
            ("request_hash", Some(self.request_hash)),
            ("traceparent", self.traceparent),
            ("correlation_id", Some(self.correlation_id)),
            ("causation_id", Some(self.causation_id)),
            ("snapshot", self.snapshot),
        ];
        let numbers = [("sk", number(self.sk)), ("count", number(self.count))];
        // The number of attributes is known here, and a growing map would hash its keys again.
        let mut attributes = AttributeMap::with_capacity(texts.len() + numbers.len());
        let texts = texts.into_iter().filter_map(|(name, value)| Some((name, text(value?))));
        attributes.extend(texts.chain(numbers).map(|(name, value)| (name.to_owned(), value)));
        attributes
    }
}

impl TryFrom<CommitItem> for Commit {
    type Error = InvalidItem;

    /// Reads the commit that `item` holds. A snapshot only saves reads, so a commit whose snapshot cannot be read
    /// counts as a commit without a snapshot.
    ///
    /// # Errors
    /// [`InvalidItem`] with the name of the attribute that does not have the form that a commit requires.
    fn try_from(mut item: CommitItem) -> Result<Self, InvalidItem> {
        let events = parsed::<Vec<StoredEvent>>(&item, "events", &item.events)?;
        if events.is_empty() || item.count != events.len() as u64 {
            return Err(invalid(&item, "count", &format!("{} for {} events", item.count, events.len())));
        }
        if item.sk == 0 {
            return Err(invalid(&item, "sk", &"versions start at 1"));
        }
        if item.sk.checked_add(item.count).is_none() {
            return Err(invalid(&item, "sk", &"the version after the commit's last event is too large"));
        }
        let stream = item.pk.parse::<StreamId>().map_err(|error| invalid(&item, "pk", &error))?;
        let key = IdempotencyKey::try_from(std::mem::take(&mut item.key));
        let key = key.map_err(|error| invalid(&item, "key", &error))?;
        let occurred_at = item.at.parse().map_err(|error| invalid(&item, "at", &error))?;
        Ok(Commit {
            stream,
            first: StreamVersion::new(item.sk),
            events,
            metadata: Metadata {
                occurred_at,
                actor: item.by,
                key,
                request_hash: RequestHash::stored(item.request_hash),
                traceparent: item.traceparent,
                correlation_id: item.correlation_id,
                causation_id: item.causation_id,
            },
            snapshot: item.snapshot.as_deref().and_then(|text| serde_json::from_str::<Snapshot>(text).ok()),
        })
    }
}

impl TryFrom<&Commit> for CommitItem {
    type Error = InvalidItem;

    /// The item that holds `commit`.
    ///
    /// # Errors
    /// [`InvalidItem`] if the commit has no event or its first version is 0.
    fn try_from(commit: &Commit) -> Result<Self, InvalidItem> {
        let stream = commit.stream.to_string();
        let refused = |attribute, reason: &str| InvalidItem {
            stream: stream.clone(),
            attribute,
            reason: reason.to_owned(),
        };
        if commit.events.is_empty() {
            return Err(refused("count", "a commit has at least one event"));
        }
        if commit.first == StreamVersion::NONE {
            return Err(refused("sk", "versions start at 1"));
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

/// Reads the commit from the SDK's `item`, or says why the item is not a commit.
pub(crate) fn commit_or_unreadable(item: &AttributeMap) -> Result<Commit, UnreadableItem> {
    CommitItem::read(item).and_then(Commit::try_from).map_err(|InvalidItem { attribute, reason, .. }| {
        UnreadableItem { key: raw_key(item), reason: format!("attribute {attribute}: {reason}") }
    })
}

/// The key of the SDK's `item`. A missing part is empty; DynamoDB returns no item without both parts.
pub(crate) fn raw_key(item: &AttributeMap) -> RawKey {
    RawKey {
        partition_key: item.string(PK).unwrap_or_default().to_owned(),
        sort_key: item.number(SK).unwrap_or_default().to_owned(),
    }
}

/// Reads the commit from the SDK's `item`.
pub(crate) fn commit(item: &AttributeMap) -> Result<Commit, StoreError> {
    Ok(Commit::try_from(CommitItem::read(item)?)?)
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
