//! The position of a comparison.

use serde::{Deserialize, Serialize};

use crate::ItemKey;

/// One of the two tables.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ComparedTable {
    /// The generation that a rebuild has built.
    Built,
    /// The generation that the built one is compared with.
    Other,
}

/// The position of a comparison. A comparison reads all items of the built generation, then all items of the other one,
/// and then the counters of both.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(
    untagged,
    deny_unknown_fields,
    expecting = "a position of a comparison must have either the member generation (\"built\" or \"other\"), perhaps with \
                 the item after, or the member counters"
)]
pub enum ParityCursor {
    /// A position in the items of one generation. Earlier releases stored only such positions.
    Items {
        /// The generation whose items are read.
        generation: ComparedTable,
        /// The comparison continues after this item, or at the start of the generation if there is no item.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        after: Option<ItemKey>,
    },
    /// A position in the counters.
    Counters {
        /// The position.
        counters: CounterPosition,
    },
}

/// A position in the counters.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CounterPosition {
    /// The partition that was compared last, or `None` at the beginning.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
}

impl ParityCursor {
    /// The start of a comparison.
    #[must_use]
    pub const fn beginning() -> Self {
        Self::Items { generation: ComparedTable::Built, after: None }
    }

    /// The position after a page of `generation` that ends with the item `after`. `None` is the end of the generation.
    pub(super) fn after_page(generation: ComparedTable, after: Option<ItemKey>) -> Self {
        match (generation, &after) {
            (_, Some(_)) => Self::Items { generation, after },
            (ComparedTable::Built, None) => Self::Items { generation: ComparedTable::Other, after },
            (ComparedTable::Other, None) => Self::Counters { counters: CounterPosition { after: None } },
        }
    }
}
