//! Cursors: where a list goes on.

use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use es_core::Timestamp;
use sha2::{Digest, Sha256};
use uuid::Uuid;

/// The digest of a filter, which a cursor carries: it tells one filter from another.
pub type FilterDigest = [u8; 8];

/// The digest of a filter that is made of `parts`, in this order.
pub fn filter_digest<'a>(parts: impl IntoIterator<Item = Option<&'a str>>) -> FilterDigest {
    let mut hash = Sha256::new();
    for part in parts {
        // The length comes before each part: no two filters feed the same bytes.
        hash.update(part.map_or(u64::MAX, |text| text.len() as u64).to_be_bytes());
        hash.update(part.unwrap_or_default());
    }
    let digest = hash.finalize();
    std::array::from_fn(|index| digest[index])
}

/// The place of an entry in a list: the newest is the greatest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// When the entry came into the list.
    pub time: Timestamp,
    /// The entry's id.
    pub id: Uuid,
}

impl Position {
    /// The position that `text`, a sort key, names.
    #[must_use]
    pub fn from_text(text: &str) -> Option<Self> {
        let (time, id) = text.split_once('#')?;
        Some(Self { time: time.parse().ok()?, id: id.parse().ok()? })
    }

    /// A text that is below the sort key of this position, and not below that of any position behind it. A key
    /// condition includes both its bounds; this bound excludes the position itself.
    pub(crate) fn just_below(self) -> String {
        match self.id.as_u128().checked_sub(1) {
            Some(below) => Self { id: Uuid::from_u128(below), ..self }.to_string(),
            None => self.time.to_string(),
        }
    }
}

impl fmt::Display for Position {
    /// The position as a sort key. Both parts have a fixed length: the texts sort by time and then by id.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}#{}", self.time, self.id)
    }
}

/// The kind of a cursor: the first byte behind its text. No two kinds of list share it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CursorLayout(pub u8);

impl CursorLayout {
    /// The text of the cursor of this kind that holds `bytes`.
    #[must_use]
    pub fn encode(self, bytes: &[u8]) -> String {
        URL_SAFE_NO_PAD.encode([&[self.0], bytes].concat())
    }

    /// The bytes, at most `most`, in the text of a cursor of this kind.
    ///
    /// # Errors
    /// [`CursorError::Malformed`] for any other text.
    pub fn decode(self, text: &str, most: usize) -> Result<Vec<u8>, CursorError> {
        // The length is checked first: an over-long text is not even decoded.
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

/// A text that is no cursor, or a cursor of another list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CursorError {
    /// The text was not given out as a cursor.
    #[error("the cursor is not one that was given out here")]
    Malformed,
    /// It was given out for another filter.
    #[error("the cursor belongs to a list with other parameters")]
    OtherFilter,
}

/// Where a list goes on: behind one entry, in the list of one filter.
///
/// It is not signed, and need not be. The partitions that are read follow from the request's own filter and never
/// from the cursor: a forged one only begins the caller's own list elsewhere. The digest tells a caller who sends a
/// cursor with another filter, instead of giving an answer that looks right.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cursor {
    position: Position,
    digest: FilterDigest,
}

impl Cursor {
    const LAYOUT: CursorLayout = CursorLayout(1);
    /// The filter's digest, a time and an id.
    const BYTES: usize = 8 + 8 + 16;

    /// The cursor that goes on behind `position` in the list of the filter with `digest`.
    #[must_use]
    pub const fn new(position: Position, digest: FilterDigest) -> Self {
        Self { position, digest }
    }

    /// The position to go on behind, in the list of the filter with `digest`.
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
