//! Pages: their length, and the sorted partitions that hold their entries.

use std::str::FromStr;

use aws_sdk_dynamodb::operation::query::builders::QueryFluentBuilder;
use dynamo::{AttributeMap, CorruptItem, Item, Table, text};

use crate::{KeyRange, Position, Unread};

/// The maximum number of entries of a page: 1 to 100; the default is 20.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PageLimit(u8);

/// A number that is not a valid page limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be a whole number from 1 to {}", PageLimit::MAX)]
pub struct InvalidLimit;

impl PageLimit {
    /// The greatest limit.
    pub const MAX: u8 = 100;

    /// The limit as a number.
    #[must_use]
    pub const fn get(self) -> u8 {
        self.0
    }
}

impl Default for PageLimit {
    fn default() -> Self {
        Self(20)
    }
}

impl TryFrom<u8> for PageLimit {
    type Error = InvalidLimit;

    fn try_from(limit: u8) -> Result<Self, InvalidLimit> {
        if (1..=Self::MAX).contains(&limit) { Ok(Self(limit)) } else { Err(InvalidLimit) }
    }
}

impl FromStr for PageLimit {
    type Err = InvalidLimit;

    fn from_str(text: &str) -> Result<Self, InvalidLimit> {
        text.parse::<u8>().map_err(|_| InvalidLimit)?.try_into()
    }
}

/// A partition of the table or of an index, sorted by [`Position`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SortedPartition {
    /// The index; `None` for the table.
    pub index: Option<&'static str>,
    /// The name of the partition key attribute.
    pub partition_attribute: &'static str,
    /// The name of the sort key attribute, which holds the position as text.
    pub sort_attribute: &'static str,
    /// The value of the partition key.
    pub key: String,
}

impl SortedPartition {
    /// The `Query` for up to `limit` items of `range`, newest first.
    #[must_use]
    pub fn query(&self, table: &Table, range: &KeyRange, limit: usize) -> QueryFluentBuilder {
        table
            .query()
            .set_index_name(self.index.map(str::to_owned))
            .key_condition_expression("#partition = :partition AND #position BETWEEN :low AND :high")
            .expression_attribute_names("#partition", self.partition_attribute)
            .expression_attribute_names("#position", self.sort_attribute)
            .expression_attribute_values(":partition", text(&self.key))
            .expression_attribute_values(":low", text(&range.low))
            .expression_attribute_values(":high", text(&range.high))
            .scan_index_forward(false)
            .limit(i32::try_from(limit).unwrap_or(i32::MAX))
    }

    /// The position of `item`, which is in this partition.
    ///
    /// # Errors
    /// [`CorruptItem`] with the name of the sort key attribute.
    pub fn position(&self, item: &AttributeMap) -> Result<Position, CorruptItem> {
        let position = Item(item).optional(self.sort_attribute).and_then(Position::from_text);
        position.ok_or_else(|| CorruptItem { item: self.key.clone(), attribute: self.sort_attribute })
    }

    /// The part of the partition that a response to [`query`](Self::query) left unread, derived from the response's
    /// last evaluated key.
    ///
    /// # Errors
    /// [`CorruptItem`] with the name of the sort key attribute.
    pub fn unread(&self, last: Option<&AttributeMap>) -> Result<Unread, CorruptItem> {
        last.map_or(Ok(Unread::Nothing), |last| Ok(Unread::Behind(self.position(last)?)))
    }
}
