//! How far views are, whichever they are.

use std::collections::HashMap;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::{AttributeValue, KeysAndAttributes, ReturnConsumedCapacity};
use es_core::{StreamId, StreamVersion};
use tracing::field::Empty;

use crate::analytics::MARKER;
use crate::item::Item;
use crate::keys::{self, HISTORY_CHECKPOINT, PK, SK, VERSION, VIEW};
use crate::pause::pause;
use crate::{ReadError, capacity};

/// The most items of one `BatchGetItem`.
///
/// Source: Amazon DynamoDB API Reference, `BatchGetItem`.
const BATCH: usize = 100;

/// How often a batch is asked for what it left out, the first time included.
const MAX_TRIES: u32 = 6;

/// A kind of view that keeps a checkpoint. The search index has none: its postings never change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tracked {
    /// The view of an order.
    Order,
    /// The history of an order.
    History,
    /// What an order is counted as.
    Analytics,
    /// The view of a product.
    Product,
}

impl Tracked {
    /// The views that a stream of the category named `category` has; none for a category that is not known here.
    #[must_use]
    pub fn of_category(category: &str) -> &'static [Self] {
        match category {
            "order" => &[Self::Order, Self::History, Self::Analytics],
            "product" => &[Self::Product],
            _ => &[],
        }
    }

    /// The projection that writes it.
    #[must_use]
    pub const fn projection(self) -> &'static str {
        match self {
            Self::Order => "order-projection",
            Self::History => "history-projection",
            Self::Analytics => "analytics-projection",
            Self::Product => "product-projection",
        }
    }

    fn key(self, stream: &StreamId) -> (String, &'static str) {
        match self {
            Self::Order => (keys::pk(stream.uuid()), VIEW),
            Self::History => (keys::pk(stream.uuid()), HISTORY_CHECKPOINT),
            Self::Analytics => (keys::pk(stream.uuid()), MARKER),
            Self::Product => (keys::product_pk(stream.uuid()), VIEW),
        }
    }
}

/// The checkpoints of all views in one DynamoDB table.
#[derive(Debug, Clone)]
pub struct DynamoCheckpoints {
    client: Client,
    table: String,
}

impl DynamoCheckpoints {
    /// The checkpoints in `table`, reached through `client`.
    #[must_use]
    pub fn new(client: Client, table: impl Into<String>) -> Self {
        Self { client, table: table.into() }
    }

    /// How far each of `views` is, in their order; version 0 where there is no view. Consistent: it sees every write
    /// that was acknowledged before. One `BatchGetItem` for each hundred, one read unit for each view below 4 KB.
    ///
    /// # Errors
    /// [`ReadError`], case by case.
    pub async fn versions(&self, views: &[(StreamId, Tracked)]) -> Result<Vec<StreamVersion>, ReadError> {
        let keys: Vec<_> = views.iter().map(|(stream, view)| view.key(stream)).collect();
        let mut distinct = keys.clone();
        distinct.sort();
        distinct.dedup();
        let mut found = HashMap::new();
        for batch in distinct.chunks(BATCH) {
            found.extend(self.batch(batch).await?);
        }
        let version = |(pk, sk): &(String, &str)| found.get(&(pk.clone(), (*sk).to_owned())).copied();
        Ok(keys.iter().map(|key| version(key).unwrap_or(StreamVersion::NONE)).collect())
    }

    #[tracing::instrument(name = "read_store.checkpoints", skip_all, fields(
        otel.kind = "client", db.system.name = "aws.dynamodb", db.operation.name = "BatchGetItem",
        db.collection.name = self.table, aws.dynamodb.consumed_capacity = Empty,
    ))]
    async fn batch(
        &self,
        keys: &[(String, &'static str)],
    ) -> Result<HashMap<(String, String), StreamVersion>, ReadError> {
        let mut found = HashMap::new();
        let mut wanted = Some(wanted(keys)?);
        for tries in 1..=MAX_TRIES {
            let Some(keys) = wanted.take() else { return Ok(found) };
            let get = self
                .client
                .batch_get_item()
                .request_items(&self.table, keys)
                .return_consumed_capacity(ReturnConsumedCapacity::Total);
            // Boxed: the SDK's futures are kilobytes of state, nested too deep for the compiler to lay out in place.
            let answer = Box::pin(get.send()).await?;
            capacity::record(&self.table, answer.consumed_capacity().first());
            for item in answer.responses.unwrap_or_default().into_values().flatten() {
                let item = Item(&item);
                found.insert((item.text(PK)?, item.text(SK)?), item.version()?);
            }
            wanted = answer.unprocessed_keys.unwrap_or_default().into_values().next();
            if wanted.is_some() && tries < MAX_TRIES {
                pause(tries).await;
            }
        }
        match wanted {
            None => Ok(found),
            Some(_) => Err(ReadError::Throttled("some checkpoints are still unread".into())),
        }
    }
}

fn wanted(keys: &[(String, &'static str)]) -> Result<KeysAndAttributes, ReadError> {
    let text = |text: &str| AttributeValue::S(text.to_owned());
    let key = |(pk, sk): &(String, &'static str)| {
        HashMap::from([(PK.to_owned(), text(pk)), (SK.to_owned(), text(sk))])
    };
    KeysAndAttributes::builder()
        .set_keys(Some(keys.iter().map(key).collect()))
        .projection_expression("#pk, #sk, #version")
        .expression_attribute_names("#pk", PK)
        .expression_attribute_names("#sk", SK)
        .expression_attribute_names("#version", VERSION)
        .consistent_read(true)
        .build()
        .map_err(|error| ReadError::Unavailable(error.into()))
}
