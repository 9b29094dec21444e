//! What differs.

use std::collections::{BTreeSet, HashMap};

use aws_sdk_dynamodb::types::AttributeValue;
use serde::{Deserialize, Serialize};

use crate::ReadError;
use crate::item::Item;
use crate::keys::{PK, SK};

pub(super) type Attributes = HashMap<String, AttributeValue>;

/// The key of an item of the query table.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ItemKey {
    /// Its partition.
    pub pk: String,
    /// Its place in it.
    pub sk: String,
}

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
        /// The names of the attributes that differ; what they hold is not told.
        attributes: BTreeSet<String>,
    },
}

impl Difference {
    /// What differs.
    #[must_use]
    pub const fn key(&self) -> &ItemKey {
        match self {
            Self::MissingInBuilt(key) | Self::MissingInOther(key) | Self::Attributes { key, .. } => key,
        }
    }

    /// How `built` and `other`, which have the same key, differ, if they do.
    pub(super) fn of(key: ItemKey, built: Option<&Attributes>, other: Option<&Attributes>) -> Option<Self> {
        match (built, other) {
            (None, None) => None,
            (None, Some(_)) => Some(Self::MissingInBuilt(key)),
            (Some(_), None) => Some(Self::MissingInOther(key)),
            (Some(built), Some(other)) => {
                let names: BTreeSet<&String> = built.keys().chain(other.keys()).collect();
                let differ = |name: &&String| built.get(*name) != other.get(*name);
                let attributes: BTreeSet<_> = names.into_iter().filter(differ).cloned().collect();
                (!attributes.is_empty()).then_some(Self::Attributes { key, attributes })
            }
        }
    }
}

impl ItemKey {
    /// The key of `item`.
    pub(super) fn of(item: &Attributes) -> Result<Self, ReadError> {
        let item = Item(item);
        Ok(Self { pk: item.text(PK)?, sk: item.text(SK)? })
    }

    pub(super) fn attributes(&self) -> Attributes {
        let text = |name: &str, text: &str| (name.to_owned(), AttributeValue::S(text.to_owned()));
        HashMap::from([text(PK, &self.pk), text(SK, &self.sk)])
    }
}
