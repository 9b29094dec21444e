//! The keys of the query table's items.

use dynamo::{AttributeMap, CorruptItem, Item, PK, SK, text};
use es_core::StreamVersion;
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

/// The item with the checkpoint of a view, in the attribute [`VERSION`].
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CheckpointItem {
    /// The item under this key.
    At(ItemKey),
    /// The newest of several items, each of which stands for one version. The sort key is the prefix and the version in 20
    /// digits. The writer never adds an item before the items of all earlier versions.
    ///
    /// The item's version is the checkpoint. An item within a commit has the version before the commit in the attribute
    /// [`VERSION`], because a view never includes a part of a commit.
    Newest {
        /// The partition key.
        pk: String,
        /// The beginning of the sort keys.
        prefix: &'static str,
    },
}

impl CheckpointItem {
    /// The key of the item while the checkpoint is at `version`.
    #[must_use]
    pub fn key_at(&self, version: StreamVersion) -> ItemKey {
        match self {
            Self::At(key) => key.clone(),
            Self::Newest { pk, prefix } => ItemKey::new(pk, format!("{prefix}{:020}", version.get())),
        }
    }
}

impl From<ItemKey> for CheckpointItem {
    fn from(key: ItemKey) -> Self {
        Self::At(key)
    }
}
