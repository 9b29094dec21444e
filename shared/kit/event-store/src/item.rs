//! The item of the event table that holds one commit, free of any SDK's types.

use es_core::{Commit, StoreError};

use crate::codec;

/// The items of one table attribute by attribute, however they came: as an SDK's map or as a stream record's JSON.
pub trait Attributes {
    /// The text of the attribute `name`; `None` where it is missing or of another type than `S`.
    fn string(&self, name: &str) -> Option<&str>;

    /// The decimal digits of the attribute `name`; `None` where it is missing or of another type than `N`.
    fn number(&self, name: &str) -> Option<&str>;
}

/// One item of the event table, attribute by attribute under the names they have there.
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

    /// Its text attributes that are there, by name; `sk` and `count` are its numbers.
    pub(crate) fn strings(&self) -> impl Iterator<Item = (&'static str, &str)> {
        [
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
        ]
        .into_iter()
        .filter_map(|(name, text)| text.map(|text| (name, text.as_str())))
    }

    /// Its number attributes, by name.
    pub(crate) const fn numbers(&self) -> [(&'static str, u64); 2] {
        [("sk", self.sk), ("count", self.count)]
    }
}

impl TryFrom<CommitItem> for Commit {
    type Error = InvalidItem;

    /// The commit that `item` holds.
    ///
    /// # Errors
    /// [`InvalidItem`] naming the attribute that does not have the form a commit asks for.
    fn try_from(item: CommitItem) -> Result<Self, InvalidItem> {
        codec::commit(&item)
    }
}

impl TryFrom<&Commit> for CommitItem {
    type Error = InvalidItem;

    /// The item that holds `commit`.
    ///
    /// # Errors
    /// [`InvalidItem`] where the commit has no event, or its first version is not above 0.
    fn try_from(commit: &Commit) -> Result<Self, InvalidItem> {
        codec::item(commit)
    }
}

impl From<InvalidItem> for StoreError {
    fn from(InvalidItem { stream, attribute, reason }: InvalidItem) -> Self {
        Self::Corrupt { stream, reason: format!("attribute {attribute}: {reason}") }
    }
}
