//! The differences between two generations of the query table.

use std::collections::BTreeSet;

use dynamo::AttributeMap;
use serde::Serialize;

use crate::{ItemKey, Sums};

/// An item or a counter that differs between the two generations.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "difference", rename_all = "snake_case")]
pub enum Difference {
    /// Only the other generation has the item.
    MissingInBuilt(ItemKey),
    /// Only the built generation has the item.
    MissingInOther(ItemKey),
    /// Both generations have the item, with different attributes.
    Attributes {
        /// The item's key.
        #[serde(flatten)]
        key: ItemKey,
        /// The names of the attributes that differ. The values are left out, because they may be personal data.
        attributes: BTreeSet<String>,
    },
}

impl Difference {
    /// The key of the item or counter.
    #[must_use]
    pub const fn key(&self) -> &ItemKey {
        match self {
            Self::MissingInBuilt(key) | Self::MissingInOther(key) | Self::Attributes { key, .. } => key,
        }
    }

    /// The difference between the items `built` and `other` under `key`, if there is one.
    pub(super) fn between_items(
        key: ItemKey,
        built: Option<&AttributeMap>,
        other: Option<&AttributeMap>,
    ) -> Option<Self> {
        Self::new(key, built, other, |built, other| {
            let names = built.keys().chain(other.keys());
            names.filter(|name| built.get(*name) != other.get(*name)).cloned().collect()
        })
    }

    /// The difference between the sums `built` and `other` of the counter under `key`, if there is one.
    pub(super) fn between_sums(key: ItemKey, built: Option<&Sums>, other: Option<&Sums>) -> Option<Self> {
        Self::new(key, built, other, |built, other| {
            let names = built.keys().chain(other.keys());
            names.filter(|name| built.get(*name) != other.get(*name)).cloned().collect()
        })
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
