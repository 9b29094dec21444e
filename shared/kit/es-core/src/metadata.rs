//! Metadata: what a commit records besides its events.

use std::fmt::{self, Write as _};

use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};
use uuid::{Uuid, uuid};

use crate::{PersonalFields, Timestamp};

/// What is recorded with every commit.
#[derive(Debug, Clone, PartialEq, Eq, PersonalFields)]
pub struct Metadata {
    /// When the command was accepted.
    pub occurred_at: Timestamp,
    /// The subject of the caller.
    #[personal(subject = "the identity provider knows the caller by it")]
    pub actor: String,
    /// The caller's idempotency key, or a generated one.
    #[personal(reference = "the caller's system chooses it and finds the request by it")]
    pub key: IdempotencyKey,
    /// The hash of the caller's request. It distinguishes a repeated request from a different request under the same
    /// key.
    #[personal(
        derived = "the hash of the whole request; a short text in the request can be guessed and confirmed"
    )]
    pub request_hash: RequestHash,
    /// The W3C trace context of the request, if the request had one.
    #[personal(no)]
    pub traceparent: Option<String>,
    /// The id that all messages of one business conversation share. Logs have it, so it must not tell anything about a
    /// person.
    #[personal(no)]
    pub correlation_id: String,
    /// The id of the message that caused this commit: the request's id.
    #[personal(no)]
    pub causation_id: String,
}

impl Metadata {
    /// Whether `self` and `other` have the same caller and the same idempotency key. The same key of another caller is
    /// another key.
    #[must_use]
    pub fn shares_key_with(&self, other: &Self) -> bool {
        self.key == other.key && self.actor == other.actor
    }
}

/// A key under which a caller's request is executed at most once: 1 to 255 visible ASCII characters.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct IdempotencyKey(String);

/// A text that is not a valid idempotency key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must have 1 to 255 visible ASCII characters")]
pub struct InvalidKey;

impl IdempotencyKey {
    /// The key's text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The key of the part at `position` of a request with this key: `<key>:<position>`. If that text is longer than a
    /// key may be, the part's key is a `UUIDv5` of the text.
    #[must_use]
    pub fn for_part(&self, position: usize) -> Self {
        const NAMESPACE: Uuid = uuid!("f4a1c1f2-5b6e-4f0b-9d57-0c8a53c7f3d4");
        let text = format!("{self}:{position}");
        if text.len() <= MAX_KEY {
            Self(text)
        } else {
            Self(Uuid::new_v5(&NAMESPACE, text.as_bytes()).to_string())
        }
    }
}

/// The maximum length of an idempotency key, in characters.
const MAX_KEY: usize = 255;

impl TryFrom<String> for IdempotencyKey {
    type Error = InvalidKey;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let fits = (1..=MAX_KEY).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic());
        if fits { Ok(Self(text)) } else { Err(InvalidKey) }
    }
}

impl From<IdempotencyKey> for String {
    fn from(key: IdempotencyKey) -> Self {
        key.0
    }
}

impl fmt::Display for IdempotencyKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// SHA-256 of a canonical request, as 64 lower-case hexadecimal digits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RequestHash(String);

impl RequestHash {
    /// The hash of a request that sends `body` to `target` (method and path).
    ///
    /// Object members are hashed in the order of their names, so their order in the request does not matter.
    #[must_use]
    pub fn from_request(target: &str, body: &Value) -> Self {
        let mut text = String::with_capacity(TYPICAL_TEXT);
        canonical(body, &mut text);
        let hash = Sha256::new().chain_update(target).chain_update([0]).chain_update(text);
        let digits = hash.finalize().into_iter().flat_map(|byte| [byte >> 4, byte & 15]);
        Self(digits.filter_map(|digit| char::from_digit(digit.into(), 16)).collect())
    }

    /// A hash that was read from a store.
    #[must_use]
    pub const fn stored(text: String) -> Self {
        Self(text)
    }

    /// The hash's text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The initial capacity of the canonical text, in bytes. Most requests fit.
const TYPICAL_TEXT: usize = 512;

/// Appends `value` to `text` with its object members sorted. The function must sort them, because the map of
/// `serde_json` keeps the sequence of the input if any crate of the build asks for that.
fn canonical(value: &Value, text: &mut String) {
    match value {
        Value::Object(members) => {
            text.push('{');
            if members.keys().is_sorted() {
                for member in members {
                    canonical_member(member, text);
                }
            } else {
                let mut members: Vec<_> = members.iter().collect();
                members.sort_unstable_by_key(|(name, _)| *name);
                for member in members {
                    canonical_member(member, text);
                }
            }
            text.push('}');
        }
        Value::Array(items) => {
            text.push('[');
            for item in items {
                canonical(item, text);
                text.push(',');
            }
            text.push(']');
        }
        Value::String(string) => quoted(string, text),
        Value::Null | Value::Bool(_) | Value::Number(_) => {
            // Writing to a `String` never fails.
            let _ = write!(text, "{value}");
        }
    }
}

fn canonical_member((name, member): (&String, &Value), text: &mut String) {
    quoted(name, text);
    text.push(':');
    canonical(member, text);
    text.push(',');
}

/// Appends `string` as JSON. Most strings need no escapes, and copying them is much faster than serializing them.
fn quoted(string: &str, text: &mut String) {
    if string.bytes().any(|byte| byte < b' ' || byte == b'"' || byte == b'\\') {
        text.push_str(&Value::from(string).to_string());
    } else {
        text.push('"');
        text.push_str(string);
        text.push('"');
    }
}
