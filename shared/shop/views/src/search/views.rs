//! The views of the candidates.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::{AttributeValue, KeysAndAttributes, ReturnConsumedCapacity};
use tracing::field::Empty;
use uuid::Uuid;

use crate::cursor::Position;
use crate::keys::{self, PK, SK, VIEW};
use crate::pause::pause;
use crate::{DynamoOrderViews, OrderView, ReadError, capacity};

/// The most items of one `BatchGetItem`.
///
/// Source: Amazon DynamoDB API Reference, `BatchGetItem`.
pub(super) const MOST: usize = 100;

/// How often the views that an answer left out are asked for again, the first time included. An answer has up to
/// 16 MB, and views are kilobytes: more than one try means a throttled table.
const MAX_TRIES: u32 = 6;

/// The views of `orders`, of which there are at most [`MOST`], in their order. One that has no view yet is left out.
#[tracing::instrument(name = "read_store.batch_get", skip_all, fields(
    otel.kind = "client", db.system.name = "aws.dynamodb", db.operation.name = "BatchGetItem",
    db.collection.name = views.table, aws.dynamodb.consumed_capacity = Empty,
))]
pub(super) async fn views_of(
    views: &DynamoOrderViews,
    orders: &[Position],
) -> Result<Vec<OrderView>, ReadError> {
    let mut keys: Vec<_> = orders.iter().map(|position| key(position.order)).collect();
    let mut found: HashMap<Uuid, OrderView> = HashMap::with_capacity(orders.len());
    let mut tries = 0;
    while !keys.is_empty() {
        if tries == MAX_TRIES {
            return Err(ReadError::Throttled(format!("{} views are still unread", keys.len()).into()));
        }
        if tries > 0 {
            pause(tries).await;
        }
        tries += 1;
        let (items, unread) = get(views, keys).await?;
        for item in items {
            found.extend(OrderView::of(&item)?.map(|view| (view.order_id, view)));
        }
        keys = unread;
    }
    Ok(orders.iter().filter_map(|position| found.remove(&position.order)).collect())
}

type Item = HashMap<String, AttributeValue>;

/// The items under `keys`, and the keys that the answer left out.
async fn get(views: &DynamoOrderViews, keys: Vec<Item>) -> Result<(Vec<Item>, Vec<Item>), ReadError> {
    let wanted = KeysAndAttributes::builder().set_keys(Some(keys)).build();
    let get = views
        .client
        .batch_get_item()
        .request_items(&views.table, wanted.map_err(|error| ReadError::Unavailable(error.into()))?)
        .return_consumed_capacity(ReturnConsumedCapacity::Total);
    // Boxed: the SDK's futures are kilobytes of state, nested too deep for the compiler to lay out in place.
    let answer = Box::pin(get.send()).await?;
    capacity::record(&views.table, answer.consumed_capacity().first());
    let items = answer.responses.unwrap_or_default().into_values().flatten().collect();
    let unread = answer.unprocessed_keys.unwrap_or_default().into_values().flat_map(|rest| rest.keys);
    Ok((items, unread.collect()))
}

fn key(order: Uuid) -> Item {
    let text = |name: &str, text: String| (name.to_owned(), AttributeValue::S(text));
    HashMap::from([text(PK, keys::pk(order)), text(SK, VIEW.to_owned())])
}
