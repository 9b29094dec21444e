//! The idempotency keys that a snapshot remembers, in a form that usually takes 5.3 characters for each key.

use std::time::Duration;

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::{Metadata, StreamVersion, Timestamp};

/// How long a stream remembers the idempotency key of a commit, however many commits follow. A repeated request within
/// this time is answered as a repeat. A later request may be answered as a repeat, too.
///
/// There is one exception: if a fifth commit with the tag of the request's key is met before the request's own commit,
/// the request is refused as one under a used key. A caller can compute five keys with equal tags on purpose. By chance,
/// the refusal happens to one command in 10¹⁸.
pub const KEY_LIFETIME: Duration = Duration::from_hours(24);

/// How much longer a snapshot keeps a key. The time of a commit is that of the machine that accepted the command, and
/// the clocks of two machines may differ.
const CLOCK_MARGIN: Duration = Duration::from_hours(1);

const MICROS_PER_MINUTE: i64 = 60_000_000;

/// The length of a tag, in bytes. A new key has the tag of one of n others with a probability of n / 2²⁴, and then costs
/// one needless load. Longer tags would cost every load more than they save.
const TAG_BYTES: usize = 3;

/// The first bytes of the SHA-256 hash of a caller and an idempotency key.
///
/// Two keys can have the same tag. A tag therefore only says where to look: the commit has the key itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeyTag([u8; TAG_BYTES]);

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
/// The text form is base64 of one record for each key: its tag, then one or two numbers. Versions and minutes are
/// differences to the record before, so that the numbers are small. The first number is `2 * minutes`, plus 1 if the
/// second number, `versions`, follows; without it, the difference of the versions is 1, as after a commit with one event.
/// Each number is zigzag-coded and takes seven bits of each byte, starting with the lowest; the eighth bit says that
/// another byte follows.
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
        let (mut bytes, mut version, mut minute) = (Vec::new(), 0_u64, 0_i64);
        for seen in keys.0 {
            bytes.extend(seen.tag.0);
            let versions = seen.version.get().wrapping_sub(version).cast_signed();
            let minutes = u128::from(zigzag(seen.minute.wrapping_sub(minute))) << 1;
            if versions == 1 {
                push_number(&mut bytes, minutes);
            } else {
                push_number(&mut bytes, minutes | 1);
                push_number(&mut bytes, zigzag(versions).into());
            }
            (version, minute) = (seen.version.get(), seen.minute);
        }
        BASE64_URL_SAFE_NO_PAD.encode(bytes)
    }
}

impl TryFrom<String> for RecentKeys {
    type Error = InvalidRecentKeys;

    fn try_from(text: String) -> Result<Self, InvalidRecentKeys> {
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(text).map_err(|_| InvalidRecentKeys)?;
        let (mut rest, mut keys, mut version, mut minute) = (bytes.as_slice(), Vec::new(), 0_u64, 0_i64);
        while !rest.is_empty() {
            let tag =
                KeyTag(*rest.split_off(..TAG_BYTES).and_then(<[u8]>::first_chunk).ok_or(InvalidRecentKeys)?);
            let minutes = take_number(&mut rest).ok_or(InvalidRecentKeys)?;
            let versions = if minutes & 1 == 0 { Some(1) } else { take_number(&mut rest).and_then(signed) };
            minute = minute.wrapping_add(signed(minutes >> 1).ok_or(InvalidRecentKeys)?);
            version = version.wrapping_add(versions.ok_or(InvalidRecentKeys)?.cast_unsigned());
            keys.push(SeenKey { tag, version: StreamVersion::new(version), minute });
        }
        Ok(Self(keys))
    }
}

/// The zigzag code of `number`, which is small if the number is near zero: 0, -1, 1, -2 become 0, 1, 2, 3.
const fn zigzag(number: i64) -> u64 {
    ((number << 1) ^ (number >> 63)).cast_unsigned()
}

/// The number with the zigzag code `code`; `None` if no number has it.
fn signed(code: u128) -> Option<i64> {
    let code = u64::try_from(code).ok()?;
    Some((code >> 1).cast_signed() ^ -(code & 1).cast_signed())
}

/// Appends `number`, which has at most 70 bits.
fn push_number(bytes: &mut Vec<u8>, mut number: u128) {
    while number > 0x7f {
        bytes.push(number.to_le_bytes()[0] | 0x80);
        number >>= 7;
    }
    bytes.push(number.to_le_bytes()[0]);
}

/// Takes a number of at most 70 bits from the start of `bytes`.
fn take_number(bytes: &mut &[u8]) -> Option<u128> {
    let mut number = 0;
    for shift in (0..70).step_by(7) {
        let byte = *bytes.split_off_first()?;
        number |= u128::from(byte & 0x7f) << shift;
        if byte < 0x80 {
            return Some(number);
        }
    }
    None
}

fn minute(time: Timestamp) -> i64 {
    time.micros() / MICROS_PER_MINUTE
}
