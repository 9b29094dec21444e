//! The keys of the query table's items.

use dynamo::{AttributeMap, CorruptItem, Item, PK, SK, text};
use serde::{Deserialize, Serialize};

/// The attribute that holds a view's checkpoint.
pub const VERSION: &str = "version";

/// The key of an item of the query table.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ItemKey {
    /// The item's partition.
    pub pk: String,
    /// The item's place in its partition.
    pub sk: String,
}

impl ItemKey {
    /// The key of the item in partition `pk` at `sk`.
    #[must_use]
    pub fn new(pk: impl Into<String>, sk: impl Into<String>) -> Self {
        Self { pk: pk.into(), sk: sk.into() }
    }

    /// The key of `item`.
    ///
    /// # Errors
    /// [`CorruptItem`] where a part of the key is missing.
    pub fn from_item(item: &AttributeMap) -> Result<Self, CorruptItem> {
        let item = Item(item);
        Ok(Self::new(item.text(PK)?, item.text(SK)?))
    }

    /// The key as the SDK sends it.
    #[must_use]
    pub fn attributes(&self) -> AttributeMap {
        [(PK.to_owned(), text(&self.pk)), (SK.to_owned(), text(&self.sk))].into()
    }
}
