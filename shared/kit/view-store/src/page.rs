//! The sorted partitions that hold the entries of pages.

use aws_sdk_dynamodb::operation::query::builders::QueryFluentBuilder;
use dynamo::{AttributeMap, CorruptItem, Item, Table, text};

use crate::{KeyRange, Position, Unread};

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
