//! The attribute `sequence`: the event's version in its stream, with leading zeros because `CloudEvents` compares
//! sequences as text.
//!
//! Source: `CloudEvents`, extension "Sequence".

use es_core::StreamVersion;
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serializer};

/// The number of digits, which is enough for every version.
const DIGITS: usize = 20;

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
pub(crate) fn serialize<S: Serializer>(version: &StreamVersion, to: S) -> Result<S::Ok, S::Error> {
    to.collect_str(&format_args!("{:0DIGITS$}", version.get()))
}

pub(crate) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<StreamVersion, D::Error> {
    let text = String::deserialize(from)?;
    let is_valid = text.len() == DIGITS && text.bytes().all(|byte| byte.is_ascii_digit());
    let version = text.parse().ok().filter(|version| is_valid && *version > 0);
    version.map(StreamVersion::new).ok_or_else(|| D::Error::custom("sequence must be a version in 20 digits"))
}
