//! Streams: their ids, categories and versions.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use uuid::Uuid;
use uuid::fmt::Hyphenated;

/// The maximum length of a category in bytes. Every commit carries its stream's id, and DynamoDB charges one write unit
/// for each 1,024 bytes of a commit. With this limit, the id takes at most a tenth of one write unit.
const MAX_CATEGORY: usize = 64;

/// The kind of aggregate that a stream belongs to. A category consists of groups of lower-case ASCII letters and digits
/// with one hyphen between two groups, such as `gift-card`. It starts with a letter and has at most 64 bytes.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Category(Cow<'static, str>);

impl Category {
    /// A category that is known at compile time.
    ///
    /// ```
    /// const GIFT_CARD: es_core::Category = es_core::Category::new("gift-card");
    /// ```
    ///
    /// A constant with an invalid name does not compile:
    ///
    /// ```compile_fail
    /// const GIFT_CARD: es_core::Category = es_core::Category::new("Gift_Card");
    /// ```
    ///
    /// # Panics
    /// Panics if `name` is invalid and the call is evaluated at run time.
    #[must_use]
    pub const fn new(name: &'static str) -> Self {
        assert!(
            is_category(name.as_bytes()),
            "a category has groups of a-z and 0-9 with single hyphens between them, begins with a letter, and has at most 64 bytes"
        );
        Self(Cow::Borrowed(name))
    }

    /// The category's name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

const fn is_category(mut name: &[u8]) -> bool {
    if name.len() > MAX_CATEGORY || !matches!(name, [b'a'..=b'z', ..]) {
        return false;
    }
    while let [byte, rest @ ..] = name {
        match (byte, rest) {
            (b'a'..=b'z' | b'0'..=b'9', _) | (b'-', [b'a'..=b'z' | b'0'..=b'9', ..]) => name = rest,
            _ => return false,
        }
    }
    true
}

/// The id of a stream, written `<category>-<uuid>`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct StreamId {
    category: Category,
    uuid: Uuid,
}

impl StreamId {
    /// The stream of the aggregate `uuid` in `category`. Two streams must not have the same UUID, also in different
    /// categories, because the ids of their events depend on the UUID and the version only.
    #[must_use]
    pub const fn new(category: Category, uuid: Uuid) -> Self {
        Self { category, uuid }
    }

    /// The stream's category.
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
        // Several spans and attributes of a command have the id, and `write!` would take more instructions.
        f.write_str(&self.category.0)?;
        f.write_str("-")?;
        f.write_str(self.uuid.hyphenated().encode_lower(&mut Uuid::encode_buffer()))
    }
}

/// A text that is not `<category>-<uuid>`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a stream id of the form <category>-<uuid>")]
pub struct InvalidStreamId(pub String);

impl FromStr for StreamId {
    type Err = InvalidStreamId;

    /// Parses from the right, because the UUID has a fixed length and a category can contain hyphens.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let read = || {
            let (category, uuid) = text.split_at_checked(text.len().checked_sub(Hyphenated::LENGTH)?)?;
            let category = category.strip_suffix('-').filter(|name| is_category(name.as_bytes()))?;
            Some(Self::new(Category(Cow::Owned(category.to_owned())), canonical_uuid(uuid).ok()?))
        };
        read().ok_or_else(|| InvalidStreamId(text.to_owned()))
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

/// A text that is not a UUID in lower-case hexadecimal digits with hyphens.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a UUID in lower-case hexadecimal digits with hyphens")]
pub struct InvalidUuid(pub String);

/// Parses a UUID in its canonical form: lower-case hexadecimal digits with hyphens. Another form of the same UUID would
/// be a second partition key and a second URL of the same aggregate.
///
/// # Errors
/// [`InvalidUuid`] if `text` has any other form.
pub fn canonical_uuid(text: &str) -> Result<Uuid, InvalidUuid> {
    let is_canonical =
        text.len() == Hyphenated::LENGTH && !text.bytes().any(|byte| byte.is_ascii_uppercase());
    Uuid::try_parse(text).ok().filter(|_| is_canonical).ok_or_else(|| InvalidUuid(text.to_owned()))
}

/// The position of an event in its stream. The first event has version 1, so a stream's version is the number of its
/// events.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct StreamVersion(u64);

impl StreamVersion {
    /// The version of a stream without events.
    pub const NONE: Self = Self(0);

    /// The version with the number `number`.
    #[must_use]
    pub const fn new(number: u64) -> Self {
        Self(number)
    }

    /// The version's number.
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

    /// The version of the previous event; [`Self::NONE`] if there is no previous event.
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
