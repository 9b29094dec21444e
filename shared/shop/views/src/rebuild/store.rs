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
use crate::pages::each_item;
use crate::{ReadError, capacity};

const PLAN: &str = "plan";
const SEGMENTS: &str = "segments";
const RUN: &str = "run";

/// The most pages that the progress of a rebuild may have: more than it has items, of which there are a thousand and one.
const MAX_PAGES: u32 = 1_002;

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

    /// All segments of the rebuild's present run, as far as they are; none where it has not begun. One `Query`,
    /// consistent, or more where a page ends early.
    ///
    /// # Errors
    /// [`ReadError`], case by case.
    pub async fn segments(&self) -> Result<Vec<SegmentProgress>, ReadError> {
        let items = self.items().await?;
        let of_key = |sk: &str| items.iter().find(|item| Item(item).optional(SK).as_deref() == Some(sk));
        let Some(plan) = of_key(PLAN) else { return Ok(Vec::new()) };
        let total = number(&Item(plan), SEGMENTS)?;
        let total = u32::try_from(total).map_err(|_| Item(plan).corrupt(SEGMENTS))?;
        let run = number(&Item(plan), RUN)?;
        let segments = (0..total).map(|index| Segment { index, total });
        let progress = |segment: Segment| {
            let stored = of_key(&segment_key(segment)).map(|item| read(segment, &Item(item))).transpose()?;
            let of_run = stored.filter(|progress| progress.run == run);
            Ok(of_run.unwrap_or_else(|| SegmentProgress::beginning(segment, run)))
        };
        segments.map(progress).collect()
    }

    /// Everything that the rebuild keeps of itself.
    #[tracing::instrument(name = "read_store.progress", skip_all, fields(
        otel.kind = "client", db.system.name = "aws.dynamodb", db.operation.name = "Query",
        db.collection.name = self.table, aws.dynamodb.consumed_capacity = Empty,
    ))]
    async fn items(&self) -> Result<Vec<Attributes>, ReadError> {
        let query = self
            .client
            .query()
            .table_name(&self.table)
            .key_condition_expression("#pk = :rebuild")
            .expression_attribute_names("#pk", PK)
            .expression_attribute_values(":rebuild", AttributeValue::S(REBUILD.to_owned()))
            .consistent_read(true)
            .return_consumed_capacity(ReturnConsumedCapacity::Total);
        let mut items = Vec::new();
        let take = |item| {
            items.push(item);
            Ok(())
        };
        each_item(query, &self.table, ("the progress of the rebuild", MAX_PAGES), take).await?;
        Ok(items)
    }

    /// Plans the first run of a rebuild in `segments` parts, unless one is planned.
    ///
    /// # Errors
    /// [`WriteError`], case by case.
    pub async fn plan(&self, segments: NonZeroU32) -> Result<(), WriteError> {
        let plan = [(SEGMENTS, count(u64::from(segments.get()))), (RUN, count(1))];
        self.put(PLAN.to_owned(), plan, "attribute_not_exists(pk)", []).await?;
        Ok(())
    }

    /// Plans another run of the rebuild, in `segments` parts, from the beginning.
    ///
    /// # Errors
    /// [`WriteError`], case by case.
    #[tracing::instrument(name = "read_store.update", skip_all, fields(
        otel.kind = "client", db.system.name = "aws.dynamodb", db.operation.name = "UpdateItem",
        db.collection.name = self.table, aws.dynamodb.consumed_capacity = Empty,
    ))]
    pub async fn restart(&self, segments: NonZeroU32) -> Result<(), WriteError> {
        let update = self
            .client
            .update_item()
            .table_name(&self.table)
            .set_key(Some(key(PLAN.to_owned()).collect()))
            .update_expression("SET #segments = :segments ADD run :one")
            .expression_attribute_names("#segments", SEGMENTS)
            .expression_attribute_values(":segments", count(u64::from(segments.get())))
            .expression_attribute_values(":one", count(1))
            .return_consumed_capacity(ReturnConsumedCapacity::Total);
        // Boxed: the SDK's futures are kilobytes of state, nested too deep for the compiler to lay out in place.
        let answer = Box::pin(update.send()).await.map_err(not_written)?;
        capacity::record(&self.table, answer.consumed_capacity());
        Ok(())
    }

    /// Moves the checkpoint of a segment from `before` to `after`, which are of one run; whether it was at `before`.
    ///
    /// # Errors
    /// [`WriteError`], case by case.
    pub async fn advance(
        &self,
        before: &SegmentProgress,
        after: &SegmentProgress,
    ) -> Result<bool, WriteError> {
        let cursor = after.cursor.as_ref().map(|cursor| serde_json::json!(cursor).to_string());
        let attributes = [
            (RUN, count(after.run)),
            ("pages", count(after.pages)),
            ("commits", count(after.commits)),
            ("held", count(after.held)),
            ("finished", AttributeValue::Bool(after.finished)),
        ];
        let attributes =
            attributes.into_iter().chain(cursor.map(|cursor| ("cursor", AttributeValue::S(cursor))));
        let condition = match before.pages {
            0 => "attribute_not_exists(pk) OR run < :run",
            _ => "run = :run AND pages = :pages",
        };
        let pages = (before.pages > 0).then_some((":pages", before.pages));
        let values = std::iter::once((":run", before.run)).chain(pages);
        self.put(segment_key(after.segment), attributes, condition, values).await
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
        values: impl IntoIterator<Item = (&'static str, u64)>,
    ) -> Result<bool, WriteError> {
        let attributes = attributes.into_iter().map(|(name, value)| (name.to_owned(), value));
        let item: Attributes = key(sk).chain(attributes).collect();
        let mut put = self
            .client
            .put_item()
            .table_name(&self.table)
            .set_item(Some(item))
            .condition_expression(condition)
            .return_consumed_capacity(ReturnConsumedCapacity::Total);
        for (name, value) in values {
            put = put.expression_attribute_values(name, count(value));
        }
        // Boxed: as above.
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

fn key(sk: String) -> impl Iterator<Item = (String, AttributeValue)> {
    [(PK, REBUILD.to_owned()), (SK, sk)]
        .into_iter()
        .map(|(name, value)| (name.to_owned(), AttributeValue::S(value)))
}

fn count(count: u64) -> AttributeValue {
    AttributeValue::N(count.to_string())
}

fn segment_key(segment: Segment) -> String {
    format!("segment#{:07}", segment.index)
}

fn read(segment: Segment, item: &Item<'_>) -> Result<SegmentProgress, ReadError> {
    let cursor = item.optional("cursor").map(|cursor| serde_json::from_str(&cursor));
    let finished = item.0.get("finished").and_then(|finished| finished.as_bool().ok());
    Ok(SegmentProgress {
        segment,
        run: number(item, RUN)?,
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
