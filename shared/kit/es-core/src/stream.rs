//! Streams: which one an event belongs to, and where in it.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use uuid::Uuid;
use uuid::fmt::Hyphenated;

/// The kind of aggregate a stream belongs to: lower-case ASCII letters, such as `account`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Category(Cow<'static, str>);

impl Category {
    /// A category known at compile time.
    #[must_use]
    pub const fn new(name: &'static str) -> Self {
        Self(Cow::Borrowed(name))
    }

    /// The category's name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The identity of one stream, written `<category>-<uuid>`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct StreamId {
    category: Category,
    uuid: Uuid,
}

impl StreamId {
    /// The stream of the aggregate `uuid` in `category`.
    #[must_use]
    pub const fn new(category: Category, uuid: Uuid) -> Self {
        Self { category, uuid }
    }

    /// The aggregate's kind.
    #[must_use]
    pub const fn category(&self) -> &Category {
        &self.category
    }

    /// The aggregate's own id.
    #[must_use]
    pub const fn uuid(&self) -> Uuid {
        self.uuid
    }
}

impl fmt::Display for StreamId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.category.0, self.uuid)
    }
}

/// A text that is not `<category>-<uuid>`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a stream id of the form <category>-<uuid>")]
pub struct InvalidStreamId(pub String);

impl FromStr for StreamId {
    type Err = InvalidStreamId;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let invalid = || InvalidStreamId(text.to_owned());
        let (category, uuid) = text.split_once('-').ok_or_else(invalid)?;
        if category.is_empty() || !category.bytes().all(|byte| byte.is_ascii_lowercase()) {
            return Err(invalid());
        }
        // Of all the ways to write a uuid only the one that is written here: another would be another partition key.
        let is_canonical =
            uuid.len() == Hyphenated::LENGTH && !uuid.bytes().any(|byte| byte.is_ascii_uppercase());
        let uuid = Uuid::try_parse(uuid).ok().filter(|_| is_canonical).ok_or_else(invalid)?;
        Ok(Self::new(Category(Cow::Owned(category.to_owned())), uuid))
    }
}

impl TryFrom<String> for StreamId {
    type Error = InvalidStreamId;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<StreamId> for String {
    fn from(stream: StreamId) -> Self {
        stream.to_string()
    }
}

/// How many events a stream holds after one of them: the first event has version 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct StreamVersion(u64);

impl StreamVersion {
    /// The version of a stream without events.
    pub const NONE: Self = Self(0);

    /// The version `number`.
    #[must_use]
    pub const fn new(number: u64) -> Self {
        Self(number)
    }

    /// The version as a number.
    #[must_use]
    pub const fn get(self) -> u64 {
        self.0
    }

    /// The version `events` events later.
    #[must_use]
    pub const fn plus(self, events: u64) -> Self {
        Self(self.0.saturating_add(events))
    }

    /// The version of the next event.
    #[must_use]
    pub const fn next(self) -> Self {
        self.plus(1)
    }

    /// The version one event earlier; that of an empty stream where there is none.
    #[must_use]
    pub const fn previous(self) -> Self {
        Self(self.0.saturating_sub(1))
    }
}

impl fmt::Display for StreamVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
