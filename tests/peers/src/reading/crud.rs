//! CRUD with one item for each order.

use async_trait::async_trait;
use aws_sdk_dynamodb::Client;
use domain::order::OrderCreated;
use dynamo::AttributeMap;
use uuid::Uuid;

use super::port::{Found, PAGE, Reader, Seed};
use crate::contender::crud::{create_tables, order_item};
use crate::counting::Counter;
use crate::database::{Database, text};
use crate::error::{PeersError, failed};
use crate::shapes::CRUD;

/// The table of orders.
#[derive(Debug)]
pub(crate) struct Crud {
    database: Database,
    client: Client,
    orders: String,
    counter: Counter,
}

impl Crud {
    /// A new table.
    pub(crate) async fn new(database: &Database) -> Result<Self, PeersError> {
        let (counter, (orders, _)) = (Counter::default(), create_tables(database).await?);
        Ok(Self { database: database.clone(), client: database.client(&counter), orders, counter })
    }
}

/// What the item of an order shows.
fn found(item: &AttributeMap) -> Result<Found, PeersError> {
    let data = item.get("data").and_then(|data| data.as_s().ok()).map_or("null", String::as_str);
    let order: OrderCreated = serde_json::from_str(data).map_err(failed("decode an order"))?;
    let named = order.items.iter().filter(|item| item.name.is_some()).count();
    Ok(Found { orders: 1, lines: order.items.len(), named })
}

/// The items of the page of `user`, newest first.
pub(super) async fn page(client: &Client, orders: &str, user: &str) -> Result<Vec<AttributeMap>, PeersError> {
    let query = client.query().table_name(orders).index_name("by_user");
    let query = query
        .key_condition_expression("user_key = :user")
        .expression_attribute_values(":user", text(format!("user#{user}")))
        .scan_index_forward(false)
        .limit(i32::try_from(PAGE).unwrap_or(i32::MAX));
    Ok(query.send().await.map_err(failed("query a list"))?.items.unwrap_or_default())
}

#[async_trait(?Send)]
impl Reader for Crud {
    fn name(&self) -> &'static str {
        CRUD
    }

    fn counter(&self) -> &Counter {
        &self.counter
    }

    async fn fill(&self, seeds: &[Seed]) -> Result<(), PeersError> {
        let item = |seed: &Seed| {
            let data = serde_json::to_value(&seed.created).unwrap_or_default();
            order_item(seed.id, &seed.created.user_id, r#"{"status":"pending"}"#, &data)
        };
        self.database.fill(&self.orders, seeds.iter().map(item)).await
    }

    async fn list(&self, user: &str) -> Result<Found, PeersError> {
        let items = page(&self.client, &self.orders, user).await?;
        items.iter().try_fold(Found::default(), |sum, item| Ok(sum.plus(found(item)?)))
    }

    async fn one(&self, id: Uuid) -> Result<Found, PeersError> {
        let get = self.client.get_item().table_name(&self.orders).key("id", text(id.to_string()));
        let read = get.send().await.map_err(failed("read an order"))?;
        read.item.as_ref().map_or(Ok(Found::default()), found)
    }
}
