//! The idempotency keys that a snapshot remembers, in a form that takes about 16 bytes for each key.

use std::fmt::Write;
use std::time::Duration;

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::{Metadata, StreamVersion, Timestamp};

/// How long a stream remembers the idempotency key of a commit, however many commits follow. A repeated request within
/// this time is answered as a repeat. A later request may be answered as a repeat, too.
pub const KEY_LIFETIME: Duration = Duration::from_hours(24);

/// How much longer a snapshot keeps a key. The time of a commit is that of the machine that accepted the command, and
/// the clocks of two machines may differ.
const CLOCK_MARGIN: Duration = Duration::from_hours(1);

const MICROS_PER_MINUTE: i64 = 60_000_000;

/// The first eight bytes of the SHA-256 hash of a caller and an idempotency key.
///
/// Two keys can have the same tag. A tag therefore only says where to look: the commit has the key itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeyTag([u8; 8]);

/// The idempotency key of a commit, as a history and its snapshots remember it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SeenKey {
    /// The tag of the caller and the key.
    pub tag: KeyTag,
    /// The stream's version after the commit.
    pub version: StreamVersion,
    /// The minute of the commit, counted from the Unix epoch.
    minute: i64,
}

/// The idempotency key of a commit whose tag is not computed yet. Most histories never need the tag, because only a
/// snapshot stores tags.
#[derive(Debug, Clone)]
pub(crate) struct UntaggedKey {
    /// The caller and the key, with NUL between them.
    caller_and_key: String,
    /// The stream's version after the commit.
    pub(crate) version: StreamVersion,
    minute: i64,
}

/// The idempotency keys that a snapshot remembers, oldest first.
///
/// The text form has one part for each key, with spaces between the parts: `<tag>.<version>.<minute>`. The tag is
/// base64. The two numbers are the differences to the part before, so that they are short.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct RecentKeys(Vec<SeenKey>);

/// A text that is not the text form of [`RecentKeys`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a list of remembered idempotency keys")]
pub struct InvalidRecentKeys;

impl KeyTag {
    /// The tag of the caller and the key in `metadata`.
    #[must_use]
    pub fn from_metadata(metadata: &Metadata) -> Self {
        Self::from_text(&caller_and_key(metadata))
    }

    fn from_text(caller_and_key: &str) -> Self {
        let hash = <[u8; 32]>::from(Sha256::digest(caller_and_key));
        Self(std::array::from_fn(|index| hash[index]))
    }
}

/// The caller and the key in `metadata`. An idempotency key never contains the separator NUL, so two different pairs
/// never make the same text.
fn caller_and_key(metadata: &Metadata) -> String {
    [&metadata.actor, "\0", metadata.key.as_str()].concat()
}

impl SeenKey {
    /// The key of the commit with `metadata`. The stream has `version` after that commit.
    #[must_use]
    pub fn new(metadata: &Metadata, version: StreamVersion) -> Self {
        UntaggedKey::new(metadata, version).tagged()
    }
}

impl UntaggedKey {
    /// The key of the commit with `metadata`. The stream has `version` after that commit.
    pub(crate) fn new(metadata: &Metadata, version: StreamVersion) -> Self {
        Self { caller_and_key: caller_and_key(metadata), version, minute: minute(metadata.occurred_at) }
    }

    /// Whether the key is that of the caller and the key in `metadata`.
    pub(crate) fn is_of(&self, metadata: &Metadata) -> bool {
        let key = self.caller_and_key.strip_prefix(metadata.actor.as_str());
        key.and_then(|key| key.strip_prefix('\0')) == Some(metadata.key.as_str())
    }

    /// The key with its tag, as a snapshot remembers it.
    pub(crate) fn tagged(&self) -> SeenKey {
        let tag = KeyTag::from_text(&self.caller_and_key);
        SeenKey { tag, version: self.version, minute: self.minute }
    }
}

impl RecentKeys {
    /// The keys in `all` that a snapshot at the time `now` must remember. `all` is sorted by version.
    #[must_use]
    pub fn for_snapshot_at(now: Timestamp, all: &[SeenKey]) -> Self {
        let lifetime = i64::try_from((KEY_LIFETIME + CLOCK_MARGIN).as_secs() / 60).unwrap_or(i64::MAX);
        let oldest = minute(now).saturating_sub(lifetime);
        Self(all.iter().filter(|seen| seen.minute >= oldest).copied().collect())
    }

    /// The keys, oldest first.
    #[must_use]
    pub fn as_slice(&self) -> &[SeenKey] {
        &self.0
    }
}

impl FromIterator<SeenKey> for RecentKeys {
    fn from_iter<I: IntoIterator<Item = SeenKey>>(keys: I) -> Self {
        Self(keys.into_iter().collect())
    }
}

impl From<RecentKeys> for String {
    fn from(keys: RecentKeys) -> Self {
        let (mut text, mut version, mut minute) = (Self::new(), 0_u64, 0_i64);
        for seen in keys.0 {
            let separator = if text.is_empty() { "" } else { " " };
            let tag = BASE64_URL_SAFE_NO_PAD.encode(seen.tag.0);
            let versions = seen.version.get().wrapping_sub(version).cast_signed();
            let minutes = seen.minute.wrapping_sub(minute);
            // Writing to a `String` never fails.
            let _ = write!(text, "{separator}{tag}.{versions}.{minutes}");
            (version, minute) = (seen.version.get(), seen.minute);
        }
        text
    }
}

impl TryFrom<String> for RecentKeys {
    type Error = InvalidRecentKeys;

    fn try_from(text: String) -> Result<Self, InvalidRecentKeys> {
        let (mut version, mut minute) = (0_u64, 0_i64);
        let mut read = |part: &str| {
            let (tag, numbers) = part.split_once('.')?;
            let (versions, minutes) = numbers.split_once('.')?;
            let tag = BASE64_URL_SAFE_NO_PAD.decode(tag).ok()?;
            version = version.wrapping_add(versions.parse::<i64>().ok()?.cast_unsigned());
            minute = minute.wrapping_add(minutes.parse::<i64>().ok()?);
            let tag = KeyTag(tag.try_into().ok()?);
            Some(SeenKey { tag, version: StreamVersion::new(version), minute })
        };
        let parts = text.split(' ').filter(|_| !text.is_empty());
        parts.map(|part| read(part).ok_or(InvalidRecentKeys)).collect::<Result<_, _>>().map(Self)
    }
}

fn minute(time: Timestamp) -> i64 {
    time.micros() / MICROS_PER_MINUTE
}
