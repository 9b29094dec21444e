//! The cursor of the analytics.

use std::fmt;
use std::str::FromStr;

use view_store::{CursorError, CursorLayout, FilterDigest, PageLimit, filter_digest};

use super::DayRange;

/// The layout of the cursor of an analytics query: a digest of the query, and the last entry of the page.
const LAYOUT: CursorLayout = CursorLayout(4);
/// The most bytes of the last entry. A day, a status and a currency have fewer.
const MAX_ENTRY: usize = 64;

/// The cursor of the daily totals or of the sales of products: the next page begins after the entry `after`.
///
/// The cursor needs no signature, because a caller who may read the analytics may start at any entry. The digest
/// refuses the cursor of another query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AnalyticsCursor {
    digest: FilterDigest,
    after: String,
}

impl AnalyticsCursor {
    pub(super) const fn new(digest: FilterDigest, after: String) -> Self {
        Self { digest, after }
    }

    /// The last entry of the previous page, if the cursor belongs to the query with this digest.
    pub(super) fn after_in(&self, digest: FilterDigest) -> Result<&str, CursorError> {
        if self.digest == digest { Ok(&self.after) } else { Err(CursorError::OtherFilter) }
    }

    pub(super) fn digest_of_daily(days: DayRange) -> FilterDigest {
        filter_digest([Some("daily"), Some(&*days.from().to_string()), Some(&*days.to().to_string())])
    }

    pub(super) fn digest_of_products(days: DayRange, limit: PageLimit) -> FilterDigest {
        let parts = [days.from().to_string(), days.to().to_string(), limit.get().to_string()];
        filter_digest([Some("products")].into_iter().chain(parts.iter().map(|part| Some(part.as_str()))))
    }
}

impl fmt::Display for AnalyticsCursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&LAYOUT.encode(&[&self.digest[..], self.after.as_bytes()].concat()))
    }
}

impl FromStr for AnalyticsCursor {
    type Err = CursorError;

    fn from_str(text: &str) -> Result<Self, CursorError> {
        let bytes = LAYOUT.decode(text, size_of::<FilterDigest>() + MAX_ENTRY)?;
        let (digest, after) = bytes.split_first_chunk().ok_or(CursorError::Malformed)?;
        let after = std::str::from_utf8(after).ok().filter(|after| !after.is_empty());
        let after = after.ok_or(CursorError::Malformed)?.to_owned();
        Ok(Self { digest: *digest, after })
    }
}
