//! Stores the switch in DynamoDB.

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::AttributeValue;
use dynamo::{AttributeMap, ConditionalWrite, CorruptItem, Item, PK, Table, UpdateExpression, number, text};
use es_core::WriteError;
use tracing::field::Empty;

use super::{FinishedComparison, Generation, Generations, MissedCounts, SecondGeneration, Stage};
use crate::ReadError;

/// The partition key of the switch.
const GENERATIONS: &str = "generations";

const LIVE: &str = "live";
const BEGUN: &str = "begun";
const STAGE: &str = "stage";
const EMPTIED: &str = "emptied";
const RUN: &str = "run";
const SINCE: &str = "since";
const EQUAL: &str = "equal";
const COMPARED_BLUE: &str = "compared_blue";
const COMPARED_GREEN: &str = "compared_green";

/// The switch in the table of operations.
#[derive(Debug, Clone)]
pub struct DynamoGenerations {
    table: Table,
    side: &'static str,
}

impl DynamoGenerations {
    /// The switch in `table`, as operators use it. `client` reaches DynamoDB.
    #[must_use]
    pub fn new(client: Client, table: impl Into<String>) -> Self {
        Self { table: Table::new(client, table), side: "operator" }
    }

    /// The same switch, used by `side`. The spans of its reads name the side (`cqrs.side`).
    #[must_use]
    pub fn on_side(self, side: &'static str) -> Self {
        Self { side, ..self }
    }

    /// The state of the switch. The read is consistent: one `GetItem` of one read unit.
    ///
    /// # Errors
    /// [`ReadError`]. Its variants name the causes.
    #[tracing::instrument(name = "read_store.generations", skip_all, fields(
        otel.kind = "client", cqrs.side = self.side, db.system.name = "aws.dynamodb", db.operation.name = "GetItem",
        db.collection.name = self.table.name(), aws.dynamodb.consumed_capacity = Empty,
    ))]
    pub async fn load(&self) -> Result<Generations, ReadError> {
        let get = self.table.get_item().set_key(Some(key())).consistent_read(true);
        let item = self.table.call().send(get.send()).await?.item;
        Ok(item.as_ref().map_or(Ok(Generations::default()), from_item)?)
    }

    /// Changes the switch from `before` to `after`. Returns false if another operator has changed the switch. The missed
    /// counts stay as they are, and so does the result of a comparison unless `after` has another one than `before`.
    ///
    /// # Errors
    /// [`WriteError`]. Its variants name the causes.
    pub async fn change(&self, before: &Generations, after: &Generations) -> Result<bool, WriteError> {
        self.update(before, after, UpdateExpression::default()).await
    }

    /// The same, but only if no generation has missed a stream since `before` was read, and no comparison has had another
    /// result. The check and the change are one request, so no missed stream and no result falls between them.
    ///
    /// # Errors
    /// [`WriteError`]. Its variants name the causes.
    pub async fn change_if_none_missed(
        &self,
        before: &Generations,
        after: &Generations,
    ) -> Result<bool, WriteError> {
        let MissedCounts { blue, green } = before.missed;
        let unmissed = UpdateExpression::default()
            .require_number(missed(Generation::Blue), blue)
            .require_number(missed(Generation::Green), green);
        let unmissed = match before.comparison() {
            Some(comparison) => unmissed.require(EQUAL, AttributeValue::Bool(comparison.is_equal)),
            None => unmissed,
        };
        self.update(before, after, unmissed).await
    }

    #[tracing::instrument(name = "read_store.update", skip_all, fields(
        otel.kind = "client", cqrs.side = "operator", db.system.name = "aws.dynamodb", db.operation.name = "UpdateItem",
        db.collection.name = self.table.name(), aws.dynamodb.consumed_capacity = Empty,
    ))]
    async fn update(
        &self,
        before: &Generations,
        after: &Generations,
        update: UpdateExpression,
    ) -> Result<bool, WriteError> {
        let update = update
            .require_number(SINCE, before.since)
            .set(LIVE, text(after.live.name()))
            .set(RUN, number(after.run))
            .set(SINCE, number(after.since));
        let update = match after.second {
            Some(SecondGeneration { begun, stage, is_emptied, .. }) => update
                .set(BEGUN, text(begun.name()))
                .set(STAGE, text(stage.name()))
                .set(EMPTIED, AttributeValue::Bool(is_emptied)),
            None => update.remove(BEGUN).remove(STAGE).remove(EMPTIED),
        };
        let update = match after.comparison() {
            // A comparison may have stored a newer result since `before` was read.
            comparison if comparison.is_some() && comparison == before.comparison() => update,
            Some(FinishedComparison { is_equal, missed: MissedCounts { blue, green } }) => update
                .set(EQUAL, AttributeValue::Bool(is_equal))
                .set(COMPARED_BLUE, number(blue))
                .set(COMPARED_GREEN, number(green)),
            None => update.remove(EQUAL).remove(COMPARED_BLUE).remove(COMPARED_GREEN),
        };
        match self.table.call().update_if(update.request(&self.table, key())).await? {
            ConditionalWrite::Written => Ok(true),
            ConditionalWrite::Refused(None) => Ok(false),
            // A repeated request finds the change of its first attempt, whose response was lost.
            ConditionalWrite::Refused(Some(item)) => {
                let found = from_item(&item)?;
                Ok(Generations { missed: after.missed, ..found } == *after)
            }
        }
    }

    /// Adds `streams` to the number of streams that `generation` has missed.
    ///
    /// # Errors
    /// [`WriteError`]. Its variants name the causes. The number may have been added nevertheless.
    #[tracing::instrument(name = "read_store.missed", skip_all, fields(
        otel.kind = "client", cqrs.side = "projection", db.system.name = "aws.dynamodb", db.operation.name = "UpdateItem",
        db.collection.name = self.table.name(), aws.dynamodb.consumed_capacity = Empty,
    ))]
    pub async fn add_missed(&self, generation: Generation, streams: u64) -> Result<(), WriteError> {
        let update = UpdateExpression::default().add(missed(generation), streams);
        self.table.call().send(update.request(&self.table, key()).send()).await?;
        Ok(())
    }
}

/// The attribute with the number of streams that `generation` has missed.
const fn missed(generation: Generation) -> &'static str {
    match generation {
        Generation::Blue => "missed_blue",
        Generation::Green => "missed_green",
    }
}

fn key() -> AttributeMap {
    [(PK.to_owned(), text(GENERATIONS))].into()
}

fn from_item(item: &AttributeMap) -> Result<Generations, CorruptItem> {
    let item = Item(item);
    // A count can be older than the first change, so every attribute may be missing.
    let count = |name| if item.has(name) { item.number(name) } else { Ok(0) };
    let generation = |name| {
        let generation = |text| Generation::from_name(text).ok_or_else(|| item.corrupt(name));
        item.optional(name).map(generation).transpose()
    };
    let stage = item.optional(STAGE).map(|text| Stage::from_name(text).ok_or_else(|| item.corrupt(STAGE)));
    let comparison = if item.has(EQUAL) {
        let missed = MissedCounts { blue: item.number(COMPARED_BLUE)?, green: item.number(COMPARED_GREEN)? };
        Some(FinishedComparison { is_equal: item.flag(EQUAL)?, missed })
    } else {
        None
    };
    let second = match stage.transpose()? {
        Some(stage) => {
            let begun = generation(BEGUN)?.ok_or_else(|| item.corrupt(BEGUN))?;
            let is_emptied = item.has(EMPTIED) && item.flag(EMPTIED)?;
            Some(SecondGeneration { begun, stage, is_emptied, comparison })
        }
        None => None,
    };
    Ok(Generations {
        live: generation(LIVE)?.unwrap_or_default(),
        second,
        run: count(RUN)?,
        since: count(SINCE)?,
        missed: MissedCounts {
            blue: count(missed(Generation::Blue))?,
            green: count(missed(Generation::Green))?,
        },
    })
}
