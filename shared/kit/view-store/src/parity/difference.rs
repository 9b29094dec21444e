//! What differs between two generations.

use std::collections::BTreeSet;

use dynamo::AttributeMap;
use serde::Serialize;

use crate::ItemKey;

/// An item or a counter that is not the same in both generations.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "difference", rename_all = "snake_case")]
pub enum Difference {
    /// Only the other generation has it.
    MissingInBuilt(ItemKey),
    /// Only the generation that was built has it.
    MissingInOther(ItemKey),
    /// Both have it.
    Attributes {
        /// Its key.
        #[serde(flatten)]
        key: ItemKey,
        /// The names of the attributes that differ; their values are not told.
        attributes: BTreeSet<String>,
    },
}

impl Difference {
    /// The key of what differs.
    #[must_use]
    pub const fn key(&self) -> &ItemKey {
        match self {
            Self::MissingInBuilt(key) | Self::MissingInOther(key) | Self::Attributes { key, .. } => key,
        }
    }

    /// How the items `built` and `other` under `key` differ, if they do.
    pub(super) fn of_items(
        key: ItemKey,
        built: Option<&AttributeMap>,
        other: Option<&AttributeMap>,
    ) -> Option<Self> {
        Self::new(key, built, other, |built, other| {
            let names = built.keys().chain(other.keys());
            names.filter(|name| built.get(*name) != other.get(*name)).cloned().collect()
        })
    }

    /// How the sums `built` and `other` of the counter under `key` differ, if they do.
    pub(super) fn of_sums(key: ItemKey, built: Option<&Vec<i64>>, other: Option<&Vec<i64>>) -> Option<Self> {
        Self::new(key, built, other, |_, _| BTreeSet::from(["sum".to_owned()]))
    }

    fn new<T: PartialEq>(
        key: ItemKey,
        built: Option<&T>,
        other: Option<&T>,
        attributes: impl FnOnce(&T, &T) -> BTreeSet<String>,
    ) -> Option<Self> {
        match (built, other) {
            (built, other) if built == other => None,
            (Some(built), Some(other)) => {
                Some(Self::Attributes { key, attributes: attributes(built, other) })
            }
            (None, _) => Some(Self::MissingInBuilt(key)),
            (_, None) => Some(Self::MissingInOther(key)),
        }
    }
}
