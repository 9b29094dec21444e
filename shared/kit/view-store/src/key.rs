//! The keys of the query table's items.

use dynamo::{AttributeMap, CorruptItem, Item, PK, SK, text};
use serde::{Deserialize, Serialize};

/// The attribute that holds a view's checkpoint.
pub const VERSION: &str = "version";

/// The key of an item in the query table.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ItemKey {
    /// The item's partition key.
    pub pk: String,
    /// The item's sort key.
    pub sk: String,
}

impl ItemKey {
    /// The key with the partition key `pk` and the sort key `sk`.
    #[must_use]
    pub fn new(pk: impl Into<String>, sk: impl Into<String>) -> Self {
        Self { pk: pk.into(), sk: sk.into() }
    }

    /// The key of `item`.
    ///
    /// # Errors
    /// [`CorruptItem`] if a part of the key is missing.
    pub fn from_item(item: &AttributeMap) -> Result<Self, CorruptItem> {
        let item = Item(item);
        Ok(Self::new(item.text(PK)?, item.text(SK)?))
    }

    /// The key in the form that the SDK sends.
    #[must_use]
    pub fn attributes(&self) -> AttributeMap {
        [(PK.to_owned(), text(&self.pk)), (SK.to_owned(), text(&self.sk))].into()
    }
}
