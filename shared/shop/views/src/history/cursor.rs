//! Cursors of a history.

use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use es_core::StreamVersion;

use crate::CursorError;

/// The layout of the bytes behind a cursor's text: this number, then a version. No list of another kind has it.
const LAYOUT: u8 = 3;
/// Four characters for each three of the nine bytes.
const CHARACTERS: usize = 12;

/// Where a history goes on: behind one version.
///
/// It is not signed, and need not be: which history is read follows from the request alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HistoryCursor {
    pub(super) behind: StreamVersion,
}

impl fmt::Display for HistoryCursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bytes = [&[LAYOUT][..], &self.behind.get().to_be_bytes()].concat();
        f.write_str(&URL_SAFE_NO_PAD.encode(bytes))
    }
}

impl FromStr for HistoryCursor {
    type Err = CursorError;

    fn from_str(text: &str) -> Result<Self, CursorError> {
        // Looked at first, so that an over-long text is not even decoded.
        if text.len() != CHARACTERS {
            return Err(CursorError::Malformed);
        }
        let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| CursorError::Malformed)?;
        let version = bytes.split_first().filter(|(layout, _)| **layout == LAYOUT);
        let version = version.and_then(|(_, version)| version.try_into().ok()).map(u64::from_be_bytes);
        version.map(|version| Self { behind: StreamVersion::new(version) }).ok_or(CursorError::Malformed)
    }
}
