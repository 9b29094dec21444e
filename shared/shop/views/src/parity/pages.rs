//! All items, page by page.

use std::collections::BTreeMap;

use aws_sdk_dynamodb::types::ReturnConsumedCapacity;
use serde::{Deserialize, Serialize};
use tracing::field::Empty;

use super::difference::Attributes;
use super::{DynamoParity, ItemKey};
use crate::analytics::COUNTERS;
use crate::rebuild::REBUILD;
use crate::{ReadError, capacity};

/// How many items a page has at most: as many as one `BatchGetItem` looks up in the other generation.
const PAGE: i32 = 100;

type Keyed = Vec<(ItemKey, Attributes)>;

/// One of the two tables.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Generation {
    /// The one that was built.
    Built,
    /// The one that it is held against.
    Other,
}

/// Where a comparison goes on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ParityCursor {
    /// The generation whose items are gone through.
    pub generation: Generation,
    /// The item behind which it goes on; from its first one on where there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<ItemKey>,
}

/// One page of a comparison.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParityPage {
    /// How many items were compared.
    pub compared: u64,
    /// Those that are not the same.
    pub differing: Vec<ItemKey>,
    /// Where to go on; `None` at the end.
    pub next: Option<ParityCursor>,
}

impl ParityCursor {
    /// The beginning: first all items of the generation that was built, then all of the other one.
    #[must_use]
    pub const fn beginning() -> Self {
        Self { generation: Generation::Built, after: None }
    }
}

impl DynamoParity {
    /// The page behind `cursor`, counters apart.
    ///
    /// # Errors
    /// [`ReadError`], case by case.
    pub async fn page(&self, cursor: &ParityCursor) -> Result<ParityPage, ReadError> {
        let (items, after) = self.scan(cursor).await?;
        let items: BTreeMap<ItemKey, Attributes> =
            items.into_iter().filter(|(key, _)| is_compared(key)).collect();
        let keys: Vec<_> = items.keys().cloned().collect();
        let others = self.items(cursor.generation.opposite(), &keys).await?;
        let differs = |key: &ItemKey| match cursor.generation {
            Generation::Built => others.get(key) != items.get(key),
            // An item that both have was compared from the other side.
            Generation::Other => !others.contains_key(key),
        };
        Ok(ParityPage {
            compared: keys.len() as u64,
            differing: keys.into_iter().filter(differs).collect(),
            next: cursor.behind(after),
        })
    }

    #[tracing::instrument(name = "read_store.scan", skip_all, fields(
        otel.kind = "client", db.system.name = "aws.dynamodb", db.operation.name = "Scan",
        db.collection.name = self.table(cursor.generation), aws.dynamodb.consumed_capacity = Empty,
    ))]
    async fn scan(&self, cursor: &ParityCursor) -> Result<(Keyed, Option<ItemKey>), ReadError> {
        let table = self.table(cursor.generation);
        let scan = self
            .client
            .scan()
            .table_name(table)
            .consistent_read(true)
            .limit(PAGE)
            .set_exclusive_start_key(cursor.after.as_ref().map(ItemKey::attributes))
            .return_consumed_capacity(ReturnConsumedCapacity::Total);
        // Boxed: the SDK's futures are kilobytes of state, nested too deep for the compiler to lay out in place.
        let answer = Box::pin(scan.send()).await?;
        capacity::record(table, answer.consumed_capacity());
        let after = answer.last_evaluated_key.as_ref().map(ItemKey::of).transpose()?;
        let keyed = |item: Attributes| Ok((ItemKey::of(&item)?, item));
        let items = answer.items.unwrap_or_default().into_iter().map(keyed);
        Ok((items.collect::<Result<_, ReadError>>()?, after))
    }
}

impl Generation {
    const fn opposite(self) -> Self {
        match self {
            Self::Built => Self::Other,
            Self::Other => Self::Built,
        }
    }
}

impl ParityCursor {
    fn behind(&self, after: Option<ItemKey>) -> Option<Self> {
        match (self.generation, after) {
            (generation, Some(after)) => Some(Self { generation, after: Some(after) }),
            (Generation::Built, None) => Some(Self { generation: Generation::Other, after: None }),
            (Generation::Other, None) => None,
        }
    }
}

fn is_compared(key: &ItemKey) -> bool {
    key.pk != REBUILD && !key.pk.starts_with(COUNTERS)
}
