//! Cursors. A cursor says after which entry the next page of a list starts.

use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use es_core::Timestamp;
use sha2::{Digest, Sha256};
use uuid::Uuid;

/// The digest of a list's filter. A cursor carries the digest, so that a cursor of another filter can be refused.
pub type FilterDigest = [u8; 8];

/// The digest of a filter that consists of `parts` in this order.
pub fn filter_digest<'a>(parts: impl IntoIterator<Item = Option<&'a str>>) -> FilterDigest {
    let mut hash = Sha256::new();
    for part in parts {
        // Each part is preceded by its length, so two different filters never hash the same bytes.
        hash.update(part.map_or(u64::MAX, |text| text.len() as u64).to_be_bytes());
        hash.update(part.unwrap_or_default());
    }
    let digest = hash.finalize();
    std::array::from_fn(|index| digest[index])
}

/// The position of an entry in a list. The newest entry has the greatest position.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// When the entry was added to the list.
    pub time: Timestamp,
    /// The entry's id.
    pub id: Uuid,
}

impl Position {
    /// Parses the sort key `text`.
    #[must_use]
    pub fn from_text(text: &str) -> Option<Self> {
        let (time, id) = text.split_once('#')?;
        Some(Self { time: time.parse().ok()?, id: id.parse().ok()? })
    }

    /// The greatest sort key that the next page may have: below this position, but not below any older position. A key
    /// condition includes both of its bounds, so the bound itself must exclude this position. A sort key may continue
    /// after the position with a text that starts with `#`; the bound includes these keys of older positions.
    pub(crate) fn just_below(self) -> String {
        match self.id.as_u128().checked_sub(1) {
            Some(below) => format!("{}~", Self { id: Uuid::from_u128(below), ..self }),
            None => self.time.to_string(),
        }
    }

    /// The next newer position. A page that starts after the result starts with the entry at this position.
    #[must_use]
    pub fn just_above(self) -> Self {
        match self.id.as_u128().checked_add(1) {
            Some(above) => Self { id: Uuid::from_u128(above), ..self },
            None => Timestamp::from_micros(self.time.micros().saturating_add(1))
                .map_or(self, |time| Self { time, id: Uuid::nil() }),
        }
    }
}

impl fmt::Display for Position {
    /// Writes the position as a sort key. Both parts have a fixed length, so the texts sort by time and then by id.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}#{}", self.time, self.id)
    }
}

/// The kind of a cursor, which is the first byte of the decoded cursor. Each kind of list has its own byte.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CursorLayout(pub u8);

impl CursorLayout {
    /// The text of a cursor of this kind with the content `bytes`.
    #[must_use]
    pub fn encode(self, bytes: &[u8]) -> String {
        URL_SAFE_NO_PAD.encode([&[self.0], bytes].concat())
    }

    /// Decodes a cursor of this kind and returns its content, which has at most `most` bytes.
    ///
    /// # Errors
    /// [`CursorError::Malformed`] if `text` is not such a cursor.
    pub fn decode(self, text: &str, most: usize) -> Result<Vec<u8>, CursorError> {
        // The length is checked first, so a text that is too long is not decoded at all.
        if text.len() > (1 + most).div_ceil(3) * 4 {
            return Err(CursorError::Malformed);
        }
        let mut bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| CursorError::Malformed)?;
        if bytes.first() != Some(&self.0) || bytes.len() > 1 + most {
            return Err(CursorError::Malformed);
        }
        Ok(bytes.split_off(1))
    }
}

/// Why a text is not a cursor of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CursorError {
    /// This API never returned the text as a cursor.
    #[error("must be the next_cursor of a page of this list; leave the cursor out to read the first page")]
    Malformed,
    /// The cursor belongs to a list with another filter.
    #[error("belongs to a list with other parameters; repeat those parameters or leave the cursor out")]
    OtherFilter,
}

/// A cursor of the list with one filter: the next page starts after one entry.
///
/// A cursor is not signed, because a forged cursor does no harm. The request's own filter decides which partitions are
/// read, so a forged cursor only makes the caller's own list start somewhere else. The digest detects a cursor that is
/// sent with another filter. Without the digest, the response to such a request would look right but be wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cursor {
    position: Position,
    digest: FilterDigest,
}

impl Cursor {
    const LAYOUT: CursorLayout = CursorLayout(1);
    /// The size of the filter's digest (8), the time (8) and the id (16).
    const BYTES: usize = 32;

    /// The cursor for the page after `position` in the list of the filter with `digest`.
    #[must_use]
    pub const fn new(position: Position, digest: FilterDigest) -> Self {
        Self { position, digest }
    }

    /// The position after which the next page starts, in the list of the filter with `digest`.
    ///
    /// # Errors
    /// [`CursorError::OtherFilter`] if the cursor belongs to another list.
    pub fn position_in(&self, digest: FilterDigest) -> Result<Position, CursorError> {
        if self.digest == digest { Ok(self.position) } else { Err(CursorError::OtherFilter) }
    }
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Position { time, id } = self.position;
        let bytes = [&self.digest[..], &time.micros().to_be_bytes(), id.as_bytes()].concat();
        f.write_str(&Self::LAYOUT.encode(&bytes))
    }
}

impl FromStr for Cursor {
    type Err = CursorError;

    fn from_str(text: &str) -> Result<Self, CursorError> {
        let bytes = Self::LAYOUT.decode(text, Self::BYTES)?;
        let read = || {
            let (digest, rest) = bytes.split_first_chunk::<8>()?;
            let (micros, id) = rest.split_first_chunk::<8>()?;
            let time = Timestamp::from_micros(i64::from_be_bytes(*micros)).ok()?;
            Some(Self { position: Position { time, id: Uuid::from_slice(id).ok()? }, digest: *digest })
        };
        read().ok_or(CursorError::Malformed)
    }
}
