//! Stores the progress of a rebuild in DynamoDB.

use std::collections::HashMap;
use std::num::NonZeroU32;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::AttributeValue;
use dynamo::{AttributeMap, ConditionalWrite, CorruptItem, Item, PK, SK, Table, number, text};
use es_core::{Segment, WriteError};
use tracing::field::Empty;

use super::{PageCounts, REBUILD, SegmentProgress};
use crate::{ItemKey, ReadError};

const PLAN: &str = "plan";
const SEGMENTS: &str = "segments";
const RUN: &str = "run";
const UNREADABLE: &str = "unreadable";

/// The maximum number of pages of the rebuild's items. There are at most 1,001 items, so there cannot be more pages.
const MAX_PAGES: u32 = 1_002;

/// The progress of the rebuild of one DynamoDB table. The progress is stored in the same table.
#[derive(Debug, Clone)]
pub struct DynamoProgress {
    table: Table,
}

impl DynamoProgress {
    /// The progress in `table`. `client` reaches DynamoDB.
    #[must_use]
    pub fn new(client: Client, table: impl Into<String>) -> Self {
        Self { table: Table::new(client, table) }
    }

    /// The progress of all segments in the current run; empty if the rebuild has not started. The read is consistent
    /// and takes one `Query`, or more if a page ends early.
    ///
    /// # Errors
    /// [`ReadError`]. Its variants name the causes.
    pub async fn segments(&self) -> Result<Vec<SegmentProgress>, ReadError> {
        let items = self.items().await?;
        let Some(plan) = items.get(PLAN).map(Item) else { return Ok(Vec::new()) };
        let (total, run) = (plan.number(SEGMENTS)?, plan.number(RUN)?);
        let progress = |index| {
            let segment = Segment { index, total };
            let stored =
                items.get(&segment_key(segment)).map(|item| from_item(segment, Item(item))).transpose()?;
            let of_run = stored.filter(|progress| progress.run == run);
            Ok(of_run.unwrap_or_else(|| SegmentProgress::beginning(segment, run)))
        };
        (0..total).map(progress).collect()
    }

    /// All items that the rebuild stores about itself, by sort key.
    #[tracing::instrument(name = "read_store.progress", skip_all, fields(
        otel.kind = "client", cqrs.side = "operator", db.system.name = "aws.dynamodb", db.operation.name = "Query",
        db.collection.name = self.table.name(), aws.dynamodb.consumed_capacity = Empty,
    ))]
    async fn items(&self) -> Result<HashMap<String, AttributeMap>, ReadError> {
        let query = self
            .table
            .query()
            .key_condition_expression("#pk = :rebuild")
            .expression_attribute_names("#pk", PK)
            .expression_attribute_values(":rebuild", text(REBUILD))
            .consistent_read(true);
        let mut items = HashMap::new();
        let take = |item: AttributeMap| {
            items.insert(Item(&item).text(SK)?.to_owned(), item);
            Ok::<_, ReadError>(())
        };
        self.table.call().each_item(query, MAX_PAGES, take).await?;
        Ok(items)
    }

    /// The number of the last planned run; 0 if there is none.
    ///
    /// # Errors
    /// [`ReadError`]. Its variants name the causes.
    pub async fn last_run(&self) -> Result<u64, ReadError> {
        let items = self.items().await?;
        Ok(items.get(PLAN).map(|plan| Item(plan).number(RUN)).transpose()?.unwrap_or(0))
    }

    /// Plans the run with the number `run` and `segments` segments. A plan of the same run or of a later one is left
    /// unchanged. The checkpoints of earlier runs do not count for the new run.
    ///
    /// # Errors
    /// [`WriteError`]. Its variants name the causes.
    pub async fn plan(&self, segments: NonZeroU32, run: u64) -> Result<(), WriteError> {
        let plan = [(SEGMENTS, number(segments)), (RUN, number(run))];
        let condition = "attribute_not_exists(pk) OR run < :run";
        self.put(PLAN.to_owned(), plan, condition, [(":run", run)]).await?;
        Ok(())
    }

    /// Moves the checkpoint of a segment from `before` to `after`, which belong to the same run. Returns false if the
    /// checkpoint is not at `before`.
    ///
    /// # Errors
    /// [`WriteError`]. Its variants name the causes.
    pub async fn advance(
        &self,
        before: &SegmentProgress,
        after: &SegmentProgress,
    ) -> Result<bool, WriteError> {
        let cursor = after.cursor.as_ref().map(|cursor| text(serde_json::json!(cursor).to_string()));
        let attributes = [
            (RUN, number(after.run)),
            ("pages", number(after.pages)),
            ("commits", number(after.counts.commits)),
            ("held", number(after.counts.held)),
            (UNREADABLE, number(after.counts.unreadable)),
            ("finished", AttributeValue::Bool(after.finished)),
        ];
        let attributes = attributes.into_iter().chain(cursor.map(|cursor| ("cursor", cursor)));
        let condition = match before.pages {
            0 => "attribute_not_exists(pk) OR run < :run",
            _ => "run = :run AND pages = :pages",
        };
        let pages = (before.pages > 0).then_some((":pages", before.pages));
        let values = std::iter::once((":run", before.run)).chain(pages);
        self.put(segment_key(after.segment), attributes, condition, values).await
    }

    /// Writes an item of the rebuild if `condition` holds. Returns false if the condition does not hold.
    #[tracing::instrument(name = "read_store.put", skip_all, fields(
        otel.kind = "client", cqrs.side = "operator", db.system.name = "aws.dynamodb", db.operation.name = "PutItem",
        db.collection.name = self.table.name(), aws.dynamodb.consumed_capacity = Empty,
    ))]
    async fn put(
        &self,
        sk: String,
        attributes: impl IntoIterator<Item = (&'static str, AttributeValue)>,
        condition: &'static str,
        values: impl IntoIterator<Item = (&'static str, u64)>,
    ) -> Result<bool, WriteError> {
        let mut item = ItemKey::new(REBUILD, sk).attributes();
        item.extend(attributes.into_iter().map(|(name, value)| (name.to_owned(), value)));
        let put = self.table.put_item().set_item(Some(item)).condition_expression(condition);
        let values = values.into_iter();
        let put = values.fold(put, |put, (name, value)| put.expression_attribute_values(name, number(value)));
        Ok(self.table.call().put_if(put).await? == ConditionalWrite::Written)
    }
}

fn segment_key(segment: Segment) -> String {
    format!("segment#{:07}", segment.index)
}

fn from_item(segment: Segment, item: Item<'_>) -> Result<SegmentProgress, CorruptItem> {
    Ok(SegmentProgress {
        segment,
        run: item.number(RUN)?,
        cursor: if item.has("cursor") { Some(item.json("cursor")?) } else { None },
        pages: item.number("pages")?,
        counts: PageCounts {
            commits: item.number("commits")?,
            held: item.number("held")?,
            // A checkpoint without this attribute was stored before unreadable items were counted. Such an item stopped
            // its segment then, so none had been passed.
            unreadable: if item.has(UNREADABLE) { item.number(UNREADABLE)? } else { 0 },
        },
        finished: item.flag("finished")?,
    })
}
