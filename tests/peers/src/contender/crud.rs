//! CRUD: the present state of an aggregate, read and replaced under the condition that its version has not changed.

use async_trait::async_trait;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_dynamodb::types::{Put, TransactWriteItem};
use domain::order::Order;
use domain::product::{Product, ProductState};
use dynamo::AttributeMap;
use serde_json::Value;
use uuid::Uuid;

use super::port::{Contender, Verdict};
use crate::counting::Counter;
use crate::database::{Database, Keys, number, text, text_key};
use crate::error::{PeersError, failed};
use crate::shapes::{CRUD, CRUD_NORMALISED};
use crate::shop::{CUSTOMER, Command, FIRST_PRICE, Shop, now, price, register};

/// How an order is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Layout {
    /// In one item.
    OneItem,
    /// The order in one item, and each of its lines in an item of another table.
    Normalised,
}

/// The tables with an index of the orders by customer.
#[derive(Debug)]
pub(crate) struct Crud {
    layout: Layout,
    orders: String,
    lines: String,
    client: Client,
    counter: Counter,
}

/// The outcome of a read.
struct Stored<S> {
    state: S,
    version: i64,
}

impl Crud {
    /// New tables.
    pub(crate) async fn new(database: &Database, layout: Layout) -> Result<Self, PeersError> {
        let (orders, lines) = create_tables(database).await?;
        let counter = Counter::default();
        Ok(Self { layout, orders, lines, client: database.client(&counter), counter })
    }

    async fn read<D: Shop>(&self, id: Uuid) -> Result<Stored<D::State>, PeersError> {
        let get = self.client.get_item().table_name(&self.orders).key("id", text(id.to_string()));
        let read = get.consistent_read(true).send().await.map_err(failed("read an item"))?;
        let Some(item) = read.item else { return Ok(Stored { state: D::State::default(), version: 0 }) };
        let state = item.get("state").and_then(|state| state.as_s().ok()).map_or("null", String::as_str);
        let version = item.get("version").and_then(|version| version.as_n().ok()?.parse().ok());
        let state = serde_json::from_str(state).map_err(failed("decode a state"))?;
        Ok(Stored { state, version: version.unwrap_or_default() })
    }

    async fn carry_out<D: Shop>(&self, command: &Command<D>) -> Result<Verdict, PeersError> {
        let Stored { state, version } = if command.opens {
            Stored { state: D::State::default(), version: 0 }
        } else {
            self.read::<D>(command.id).await?
        };
        let Ok(events) = D::decide(&state, command.wanted.clone()) else { return Ok(Verdict::Refused) };
        let opened = events.first().map(serde_json::to_value).transpose().map_err(failed("encode"))?;
        let state = events.iter().fold(state, D::evolve);
        let state = serde_json::to_string(&state).map_err(failed("encode a state"))?;
        if version > 0 {
            return self.update(command.id, version, &state).await;
        }
        let data = opened.map(|mut event| event["data"].take()).unwrap_or_default();
        self.create(command.id, D::NAME == Order::NAME, &state, data).await
    }

    async fn update(&self, id: Uuid, version: i64, state: &str) -> Result<Verdict, PeersError> {
        let update = self.client.update_item().table_name(&self.orders).key("id", text(id.to_string()));
        let update = update
            .update_expression("SET #state = :state, version = :next, updated_at = :now")
            .condition_expression("version = :version")
            .expression_attribute_names("#state", "state")
            .expression_attribute_values(":state", text(state))
            .expression_attribute_values(":version", number(version))
            .expression_attribute_values(":next", number(version + 1))
            .expression_attribute_values(":now", text(now().to_string()));
        verdict(update.send().await, "update an item")
    }

    async fn create(
        &self,
        id: Uuid,
        is_order: bool,
        state: &str,
        mut data: Value,
    ) -> Result<Verdict, PeersError> {
        let lines = if self.layout == Layout::Normalised { data["items"].take() } else { Value::Null };
        let mut item = order_item(id, CUSTOMER, state, &data);
        if !is_order {
            // A product is in no list of a customer.
            item.remove("user_key");
            item.remove("order_key");
        }
        let condition = "attribute_not_exists(id)";
        let Value::Array(lines) = lines else {
            let put = self.client.put_item().table_name(&self.orders).set_item(Some(item));
            return verdict(put.condition_expression(condition).send().await, "put an item");
        };
        let put = Put::builder().table_name(&self.orders).set_item(Some(item));
        let mut puts = vec![put.condition_expression(condition)];
        puts.extend(
            lines
                .iter()
                .map(|line| Put::builder().table_name(&self.lines).set_item(Some(line_item(id, line)))),
        );
        let mut transaction = self.client.transact_write_items();
        for put in puts {
            let put = put.build().map_err(failed("define a put"))?;
            transaction = transaction.transact_items(TransactWriteItem::builder().put(put).build());
        }
        verdict(transaction.send().await, "put the items of an order")
    }
}

/// Creates the table of orders with its index by customer, and the table of their lines.
pub(crate) async fn create_tables(database: &Database) -> Result<(String, String), PeersError> {
    let by_user = Keys { partition: text_key("user_key"), sort: Some(text_key("order_key")) };
    let orders = Keys { partition: text_key("id"), sort: None };
    let lines = Keys { partition: text_key("order_id"), sort: Some(text_key("product_id")) };
    let orders = database.table("crud-orders", &orders, &[("by_user", by_user)]).await?;
    Ok((orders, database.table("crud-lines", &lines, &[]).await?))
}

/// The item of an order: its state for the decider, and what its page shows.
pub(crate) fn order_item(id: Uuid, user: &str, state: &str, data: &Value) -> AttributeMap {
    let at = now().to_string();
    AttributeMap::from([
        ("id".to_owned(), text(id.to_string())),
        ("version".to_owned(), number(1)),
        ("state".to_owned(), text(state)),
        ("data".to_owned(), text(data.to_string())),
        ("user_key".to_owned(), text(format!("user#{user}"))),
        ("order_key".to_owned(), text(format!("{at}#{id}"))),
        ("created_at".to_owned(), text(at.clone())),
        ("updated_at".to_owned(), text(at)),
    ])
}

/// The item of a line of the order `id`. The name of the product is in the table of products.
pub(crate) fn line_item(id: Uuid, line: &Value) -> AttributeMap {
    let product = line["product_id"].as_str().unwrap_or_default();
    AttributeMap::from([
        ("order_id".to_owned(), text(id.to_string())),
        ("product_id".to_owned(), text(product)),
        ("quantity".to_owned(), number(&line["quantity"])),
        ("unit_price_cents".to_owned(), number(&line["unit_price_cents"])),
    ])
}

/// [`Verdict::Conflict`] if `DynamoDB` refused the write because of its condition or of another transaction.
fn verdict<T, E>(sent: Result<T, SdkError<E>>, step: &'static str) -> Result<Verdict, PeersError>
where
    SdkError<E>: std::error::Error + Send + Sync + 'static,
    E: std::fmt::Debug,
{
    match sent {
        Ok(_) => Ok(Verdict::Done),
        Err(error) => {
            let text = format!("{error:?}");
            let is_refused = ["ConditionalCheckFailed", "TransactionConflict"];
            if is_refused.iter().any(|refusal| text.contains(refusal)) {
                Ok(Verdict::Conflict)
            } else {
                Err(failed(step)(error))
            }
        }
    }
}

#[async_trait]
impl Contender for Crud {
    fn name(&self) -> &'static str {
        match self.layout {
            Layout::OneItem => CRUD,
            Layout::Normalised => CRUD_NORMALISED,
        }
    }

    fn counter(&self) -> &Counter {
        &self.counter
    }

    async fn order(&self, command: &Command<Order>) -> Result<Verdict, PeersError> {
        self.carry_out(command).await
    }

    async fn product(&self, command: &Command<Product>) -> Result<Verdict, PeersError> {
        self.carry_out(command).await
    }

    async fn write_history(&self, id: Uuid, events: i64) -> Result<(), PeersError> {
        self.carry_out(&register(id)?).await?;
        self.carry_out(&price(id, FIRST_PRICE + events - 1, String::new())?).await?;
        Ok(())
    }

    async fn load(&self, id: Uuid) -> Result<ProductState, PeersError> {
        Ok(self.read::<Product>(id).await?.state)
    }
}
