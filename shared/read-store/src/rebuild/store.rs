//! The progress of a rebuild in DynamoDB.

use std::collections::HashMap;
use std::num::NonZeroU32;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::types::{AttributeValue, ReturnConsumedCapacity};
use es_core::{Segment, WriteError};
use tracing::field::Empty;

use super::{REBUILD, SegmentProgress};
use crate::error::not_written;
use crate::item::Item;
use crate::keys::{PK, SK};
use crate::{ReadError, capacity};

const PLAN: &str = "plan";
const SEGMENTS: &str = "segments";

/// The progress of the rebuild of one DynamoDB table, in that table.
#[derive(Debug, Clone)]
pub struct DynamoProgress {
    client: Client,
    table: String,
}

type Attributes = HashMap<String, AttributeValue>;

impl DynamoProgress {
    /// The progress in `table`, reached through `client`.
    #[must_use]
    pub fn new(client: Client, table: impl Into<String>) -> Self {
        Self { client, table: table.into() }
    }

    /// All segments of the rebuild, as far as they are; none where it has not begun. One `Query`, consistent.
    ///
    /// # Errors
    /// [`ReadError`], case by case.
    #[tracing::instrument(name = "read_store.progress", skip_all, fields(
        otel.kind = "client", db.system.name = "aws.dynamodb", db.operation.name = "Query",
        db.collection.name = self.table, aws.dynamodb.consumed_capacity = Empty,
    ))]
    pub async fn segments(&self) -> Result<Vec<SegmentProgress>, ReadError> {
        let query = self
            .client
            .query()
            .table_name(&self.table)
            .key_condition_expression("#pk = :rebuild")
            .expression_attribute_names("#pk", PK)
            .expression_attribute_values(":rebuild", AttributeValue::S(REBUILD.to_owned()))
            .consistent_read(true)
            .return_consumed_capacity(ReturnConsumedCapacity::Total);
        // Boxed: the SDK's futures are kilobytes of state, nested too deep for the compiler to lay out in place.
        let answer = Box::pin(query.send()).await?;
        capacity::record(&self.table, answer.consumed_capacity());
        let items = answer.items();
        let of_key = |sk: &str| items.iter().find(|item| Item(item).optional(SK).as_deref() == Some(sk));
        let Some(plan) = of_key(PLAN) else { return Ok(Vec::new()) };
        let total = number(&Item(plan), SEGMENTS)?;
        let total = u32::try_from(total).map_err(|_| Item(plan).corrupt(SEGMENTS))?;
        let segments = (0..total).map(|index| Segment { index, total });
        let progress = |segment: Segment| match of_key(&segment_key(segment)) {
            Some(item) => read(segment, &Item(item)),
            None => Ok(SegmentProgress::beginning(segment)),
        };
        segments.map(progress).collect()
    }

    /// Plans a rebuild in `segments` parts, unless one is planned.
    ///
    /// # Errors
    /// [`WriteError`], case by case.
    pub async fn plan(&self, segments: NonZeroU32) -> Result<(), WriteError> {
        let plan = [(SEGMENTS, AttributeValue::N(segments.to_string()))];
        self.put(PLAN.to_owned(), plan, "attribute_not_exists(pk)", None).await?;
        Ok(())
    }

    /// Moves the checkpoint of a segment from `before` to `after`; whether it was at `before`.
    ///
    /// # Errors
    /// [`WriteError`], case by case.
    pub async fn advance(
        &self,
        before: &SegmentProgress,
        after: &SegmentProgress,
    ) -> Result<bool, WriteError> {
        let count = |count: u64| AttributeValue::N(count.to_string());
        let cursor = after.cursor.as_ref().map(|cursor| serde_json::json!(cursor).to_string());
        let attributes = [
            ("pages", count(after.pages)),
            ("commits", count(after.commits)),
            ("held", count(after.held)),
            ("finished", AttributeValue::Bool(after.finished)),
        ];
        let attributes =
            attributes.into_iter().chain(cursor.map(|cursor| ("cursor", AttributeValue::S(cursor))));
        let (condition, pages) = match before.pages {
            0 => ("attribute_not_exists(pk)", None),
            pages => ("pages = :pages", Some((":pages", count(pages)))),
        };
        self.put(segment_key(after.segment), attributes, condition, pages).await
    }

    /// Writes an item of the rebuild on a condition; whether that held.
    #[tracing::instrument(name = "read_store.put", skip_all, fields(
        otel.kind = "client", db.system.name = "aws.dynamodb", db.operation.name = "PutItem",
        db.collection.name = self.table, aws.dynamodb.consumed_capacity = Empty,
    ))]
    async fn put(
        &self,
        sk: String,
        attributes: impl IntoIterator<Item = (&'static str, AttributeValue)>,
        condition: &'static str,
        value: Option<(&'static str, AttributeValue)>,
    ) -> Result<bool, WriteError> {
        let key = [(PK, AttributeValue::S(REBUILD.to_owned())), (SK, AttributeValue::S(sk))];
        let all = key.into_iter().chain(attributes);
        let item: Attributes = all.map(|(name, value)| (name.to_owned(), value)).collect();
        let mut put = self
            .client
            .put_item()
            .table_name(&self.table)
            .set_item(Some(item))
            .condition_expression(condition)
            .return_consumed_capacity(ReturnConsumedCapacity::Total);
        if let Some((name, value)) = value {
            put = put.expression_attribute_values(name, value);
        }
        // Boxed: the SDK's futures are kilobytes of state, nested too deep for the compiler to lay out in place.
        match Box::pin(put.send()).await {
            Ok(answer) => {
                capacity::record(&self.table, answer.consumed_capacity());
                Ok(true)
            }
            Err(error) => {
                let refused = error.as_service_error();
                let elsewhere = refused.is_some_and(PutItemError::is_conditional_check_failed_exception);
                if elsewhere { Ok(false) } else { Err(not_written(error)) }
            }
        }
    }
}

fn segment_key(segment: Segment) -> String {
    format!("segment#{:07}", segment.index)
}

fn read(segment: Segment, item: &Item<'_>) -> Result<SegmentProgress, ReadError> {
    let cursor = item.optional("cursor").map(|cursor| serde_json::from_str(&cursor));
    let finished = item.0.get("finished").and_then(|finished| finished.as_bool().ok());
    Ok(SegmentProgress {
        segment,
        cursor: cursor.transpose().map_err(|_| item.corrupt("cursor"))?,
        pages: number(item, "pages")?,
        commits: number(item, "commits")?,
        held: number(item, "held")?,
        finished: *finished.ok_or_else(|| item.corrupt("finished"))?,
    })
}

fn number(item: &Item<'_>, name: &'static str) -> Result<u64, ReadError> {
    item.number(name)?.try_into().map_err(|_| item.corrupt(name))
}
