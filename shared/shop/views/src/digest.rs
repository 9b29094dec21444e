//! What tells one filter from another.

use sha2::{Digest, Sha256};

/// The digest of a filter, which a cursor carries.
pub(crate) type FilterDigest = [u8; 8];

/// The digest of a filter that is made of `parts`, in an order of their own.
pub(crate) fn digest<'a>(parts: impl IntoIterator<Item = Option<&'a str>>) -> FilterDigest {
    let mut hash = Sha256::new();
    for part in parts {
        // Each part with its length before it, so that no two filters feed the same bytes.
        hash.update(part.map_or(u64::MAX, |text| text.len() as u64).to_be_bytes());
        hash.update(part.unwrap_or_default());
    }
    let digest = hash.finalize();
    std::array::from_fn(|index| digest[index])
}
