//! Cursors: where a list goes on.

use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use es_core::Timestamp;
use uuid::Uuid;

use crate::digest::FilterDigest;
use crate::keys;

/// The layout of the bytes behind a cursor's text.
const LAYOUT: u8 = 1;
/// The layout's number, the filter's digest, a time and an id.
const BYTES: usize = 1 + 8 + 8 + 16;
/// Four characters for each three bytes.
const CHARACTERS: usize = BYTES.div_ceil(3) * 4;

/// The place of an order in a list: the newest is the greatest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Position {
    pub(crate) created_at: Timestamp,
    pub(crate) order: Uuid,
}

impl Position {
    /// The place that `key`, an `order_key`, names.
    pub(crate) fn of(key: &str) -> Option<Self> {
        let (time, order) = key.split_once('#')?;
        Some(Self { created_at: time.parse().ok()?, order: order.parse().ok()? })
    }

    /// A text that is below the `order_key` of this place and not below that of any place behind it. A key condition
    /// takes two bounds only if both may be met, so this is how a bound is not met.
    pub(crate) fn just_below(self) -> String {
        match self.order.as_u128().checked_sub(1) {
            Some(below) => keys::order_key(self.created_at, Uuid::from_u128(below)),
            None => self.created_at.to_string(),
        }
    }
}

/// Where a list goes on: behind one order, in the list of one filter.
///
/// It is not signed, and need not be. The partitions that are read follow from the request's own filter and never
/// from the cursor, so a forged one only begins the caller's own list elsewhere. The digest is there to tell a caller
/// who sends a cursor with another filter, instead of giving an answer that looks right.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cursor {
    pub(crate) position: Position,
    digest: FilterDigest,
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

impl Cursor {
    /// The cursor that goes on behind `position` in the list of the filter with `digest`.
    pub(crate) const fn new(position: Position, digest: FilterDigest) -> Self {
        Self { position, digest }
    }

    /// The place to go on behind in the list of the filter with `digest`.
    pub(crate) fn position_in(&self, digest: FilterDigest) -> Result<Position, CursorError> {
        if self.digest == digest { Ok(self.position) } else { Err(CursorError::OtherFilter) }
    }
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut bytes = Vec::with_capacity(BYTES);
        bytes.push(LAYOUT);
        bytes.extend(self.digest);
        bytes.extend(self.position.created_at.micros().to_be_bytes());
        bytes.extend(self.position.order.as_bytes());
        f.write_str(&URL_SAFE_NO_PAD.encode(bytes))
    }
}

impl FromStr for Cursor {
    type Err = CursorError;

    fn from_str(text: &str) -> Result<Self, CursorError> {
        // Looked at first, so that an over-long text is not even decoded.
        if text.len() != CHARACTERS {
            return Err(CursorError::Malformed);
        }
        let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| CursorError::Malformed)?;
        read(&bytes).ok_or(CursorError::Malformed)
    }
}

fn read(bytes: &[u8]) -> Option<Cursor> {
    let (layout, rest) = bytes.split_first()?;
    let (digest, rest) = rest.split_first_chunk::<8>()?;
    let (micros, order) = rest.split_first_chunk::<8>()?;
    if *layout != LAYOUT {
        return None;
    }
    let created_at = Timestamp::from_micros(i64::from_be_bytes(*micros)).ok()?;
    let order = Uuid::from_slice(order).ok()?;
    Some(Cursor { position: Position { created_at, order }, digest: *digest })
}
