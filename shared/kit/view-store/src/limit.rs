//! The limits of a page: its number of entries and its size.

use std::str::FromStr;

use dynamo::{AttributeMap, CorruptItem, item_bytes};

use crate::View;

/// The limits of a page: 1 to 100 entries, 20 by default, and a size of [`MAX_BYTES`](Self::MAX_BYTES).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PageLimit {
    entries: u8,
    bytes: usize,
}

/// A number that is not a valid page limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be a whole number from 1 to {}", PageLimit::MAX)]
pub struct InvalidLimit;

impl PageLimit {
    /// The greatest number of entries.
    pub const MAX: u8 = 100;

    /// The maximum size of the items on a page, in bytes. A page with a single entry may be larger.
    ///
    /// Lambda refuses a response of more than 6,291,556 bytes. A response is JSON that contains the body as a JSON
    /// string, so a quotation mark in an item takes up to four bytes. Four times this size, and four times the largest
    /// item of DynamoDB (400 KB), are below Lambda's limit.
    ///
    /// Source: AWS Lambda Developer Guide, "Lambda quotas", "Invocation payload".
    pub const MAX_BYTES: usize = 1_000_000;

    const fn new(entries: u8) -> Self {
        Self { entries, bytes: Self::MAX_BYTES }
    }

    /// The limit of the number of entries.
    #[must_use]
    pub const fn get(self) -> u8 {
        self.entries
    }

    /// The limit of the size of the items, in bytes.
    #[must_use]
    pub const fn bytes(self) -> usize {
        self.bytes
    }

    /// The same limit of entries with another limit of the size. Tests use small sizes.
    #[must_use]
    pub const fn with_bytes(self, bytes: usize) -> Self {
        Self { bytes, ..self }
    }

    /// The first of `entries` that fit on a page, and whether the page left any out. See [`first_that_fit`].
    pub fn cut<T>(self, entries: impl IntoIterator<Item = Measured<T>>) -> (Vec<T>, bool) {
        first_that_fit(entries, self.entries.into(), self.bytes)
    }
}

impl Default for PageLimit {
    fn default() -> Self {
        Self::new(20)
    }
}

impl TryFrom<u8> for PageLimit {
    type Error = InvalidLimit;

    fn try_from(limit: u8) -> Result<Self, InvalidLimit> {
        if (1..=Self::MAX).contains(&limit) { Ok(Self::new(limit)) } else { Err(InvalidLimit) }
    }
}

impl FromStr for PageLimit {
    type Err = InvalidLimit;

    fn from_str(text: &str) -> Result<Self, InvalidLimit> {
        // `FromStr` of a number also accepts a leading plus sign, which no parameter does.
        let digits = Some(text).filter(|text| !text.starts_with('+')).ok_or(InvalidLimit)?;
        digits.parse::<u8>().map_err(|_| InvalidLimit)?.try_into()
    }
}

/// An entry of a list and its size.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Measured<T> {
    /// The entry.
    pub entry: T,
    /// The size in bytes.
    pub bytes: usize,
}

impl<T> Measured<T> {
    /// The entry that was read from `item`.
    #[must_use]
    pub fn from_item(entry: T, item: &AttributeMap) -> Self {
        Self { entry, bytes: item_bytes(item) }
    }
}

impl<V: View> Measured<V> {
    /// The views in `items`. An item that is only a checkpoint is left out.
    ///
    /// # Errors
    /// [`CorruptItem`] with the name of the attribute that is missing or invalid.
    pub fn views(items: &[AttributeMap]) -> Result<Vec<Self>, CorruptItem> {
        let views = items.iter().filter_map(|item| {
            let view = V::from_item(item).transpose()?;
            Some(view.map(|view| Self::from_item(view, item)))
        });
        views.collect()
    }
}

/// The first of `entries`: at most `most`, with a total size of at most `bytes`. Also returns whether any were left
/// out. An entry that is larger than `bytes` has a page of its own, so every page moves on.
pub fn first_that_fit<T>(
    entries: impl IntoIterator<Item = Measured<T>>,
    most: usize,
    bytes: usize,
) -> (Vec<T>, bool) {
    let (mut page, mut size) = (Vec::new(), 0_usize);
    for measured in entries {
        size = size.saturating_add(measured.bytes);
        if page.len() >= most || (size > bytes && !page.is_empty()) {
            return (page, true);
        }
        page.push(measured.entry);
    }
    (page, false)
}
