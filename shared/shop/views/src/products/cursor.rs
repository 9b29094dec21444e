//! Cursors of the list of products.

use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::CursorError;

/// The layout of the bytes behind a cursor's text: this number, then the product's id. No list of another kind has it.
const LAYOUT: u8 = 2;

/// The most characters that are looked at: those of the longest id that an index can hold, and its layout.
const MAX_CHARACTERS: usize = 1_025_usize.div_ceil(3) * 4;

/// Where the list of products goes on: behind one product, which may be gone since.
///
/// It is not signed, and need not be: whoever may read the list may read it from anywhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProductCursor {
    pub(super) product_id: String,
}

impl fmt::Display for ProductCursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bytes = [&[LAYOUT], self.product_id.as_bytes()].concat();
        f.write_str(&URL_SAFE_NO_PAD.encode(bytes))
    }
}

impl FromStr for ProductCursor {
    type Err = CursorError;

    fn from_str(text: &str) -> Result<Self, CursorError> {
        let read = || {
            let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
            let (layout, id) = bytes.split_first()?;
            let product_id = String::from_utf8(id.to_vec()).ok()?;
            (*layout == LAYOUT && !id.is_empty()).then_some(Self { product_id })
        };
        // Looked at first, so that an over-long text is not even decoded.
        if text.len() > MAX_CHARACTERS {
            Err(CursorError::Malformed)
        } else {
            read().ok_or(CursorError::Malformed)
        }
    }
}
