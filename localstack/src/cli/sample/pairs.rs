//! JSON objects that keep the order of their members, and ids that are derived from a text.

use std::fmt::Write as _;

use serde::{Serialize, Serializer};
use sha2::{Digest, Sha256};
use uuid::{Builder, Uuid};

/// A JSON object whose members keep their order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Pairs<K, V>(pub(super) Vec<(K, V)>);

impl<K: Serialize, V: Serialize> Serialize for Pairs<K, V> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, value)| (name, value)))
    }
}

/// The bytes from which the ids of a sample are made. The same text gives the same ids, so a sample can be made again.
pub(super) fn digest(text: &str) -> [u8; 32] {
    Sha256::digest(text.as_bytes()).into()
}

/// A UUID made of 16 bytes of a digest.
pub(super) fn uuid(bytes: [u8; 16]) -> Uuid {
    Builder::from_sha1_bytes(bytes).into_uuid()
}

/// `bytes` in hexadecimal digits.
pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(2 * bytes.len()), |mut digits, byte| {
        // Writing to memory cannot fail.
        write!(digits, "{byte:02x}").ok();
        digits
    })
}
