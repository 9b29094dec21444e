//! CRUD with orders, lines, customers and products in tables of their own. A page joins them with requests. Requests that
//! do not need each other's results are sent at the same time.

use std::collections::BTreeSet;

use async_trait::async_trait;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::KeysAndAttributes;
use dynamo::AttributeMap;
use futures::future::{try_join, try_join_all};
use serde_json::{Value, json};
use uuid::Uuid;

use super::crud::page;
use super::port::{Found, Reader, Seed};
use crate::contender::crud::{create_tables, line_item, order_item};
use crate::counting::Counter;
use crate::database::{Database, Keys, text, text_key};
use crate::error::{PeersError, failed};
use crate::shapes::CRUD_NORMALISED;
use crate::shop::PRODUCTS;

/// The four tables.
#[derive(Debug)]
pub(crate) struct Normalised {
    database: Database,
    client: Client,
    orders: String,
    lines: String,
    customers: String,
    products: String,
    counter: Counter,
}

impl Normalised {
    /// New tables.
    pub(crate) async fn new(database: &Database) -> Result<Self, PeersError> {
        let (counter, (orders, lines)) = (Counter::default(), create_tables(database).await?);
        let keys = Keys { partition: text_key("id"), sort: None };
        Ok(Self {
            database: database.clone(),
            client: database.client(&counter),
            orders,
            lines,
            customers: database.table("crud-customers", &keys, &[]).await?,
            products: database.table("crud-products", &keys, &[]).await?,
            counter,
        })
    }

    async fn lines_of(&self, order: &str) -> Result<Vec<AttributeMap>, PeersError> {
        let query = self.client.query().table_name(&self.lines);
        let query = query
            .key_condition_expression("order_id = :order")
            .expression_attribute_values(":order", text(order));
        Ok(query.send().await.map_err(failed("query lines"))?.items.unwrap_or_default())
    }

    async fn customer(&self, user: &str) -> Result<(), PeersError> {
        let get = self.client.get_item().table_name(&self.customers).key("id", text(user));
        let read = get.send().await.map_err(failed("read a customer"))?;
        read.item.map(|_| ()).ok_or_else(|| failed("read a customer")("no such customer"))
    }

    /// Reads the products of `lines`, each once, and counts the lines whose product has a name.
    async fn named(&self, lines: &[AttributeMap]) -> Result<usize, PeersError> {
        let product = |line: &AttributeMap| {
            line.get("product_id").and_then(|product| product.as_s().ok()).cloned().unwrap_or_default()
        };
        let wanted: BTreeSet<String> = lines.iter().map(product).collect();
        let keys = wanted.into_iter().map(|id| AttributeMap::from([("id".to_owned(), text(id))]));
        let keys = KeysAndAttributes::builder().set_keys(Some(keys.collect())).build();
        let batch = self.client.batch_get_item();
        let batch = batch.request_items(&self.products, keys.map_err(failed("define keys"))?);
        let read = batch.send().await.map_err(failed("read products"))?;
        let found: Vec<AttributeMap> =
            read.responses.into_iter().flatten().flat_map(|(_, items)| items).collect();
        let has_name = |line: &&AttributeMap| {
            found.iter().any(|item| item.get("id") == line.get("product_id") && item.contains_key("name"))
        };
        Ok(lines.iter().filter(has_name).count())
    }
}

#[async_trait(?Send)]
impl Reader for Normalised {
    fn name(&self) -> &'static str {
        CRUD_NORMALISED
    }

    fn counter(&self) -> &Counter {
        &self.counter
    }

    async fn fill(&self, seeds: &[Seed]) -> Result<(), PeersError> {
        let order = |seed: &Seed| {
            let created = &seed.created;
            let data = json!({
                "user_id": created.user_id, "currency": created.currency,
                "total_amount_cents": created.total_amount_cents,
            });
            order_item(seed.id, &created.user_id, r#"{"status":"pending"}"#, &data)
        };
        let lines = |seed: &Seed| {
            let lines = serde_json::to_value(&seed.created.items).unwrap_or_default();
            let lines = if let Value::Array(lines) = lines { lines } else { Vec::new() };
            let id = seed.id;
            lines.into_iter().map(move |line| line_item(id, &line))
        };
        self.database.fill(&self.orders, seeds.iter().map(order)).await?;
        self.database.fill(&self.lines, seeds.iter().flat_map(lines)).await?;
        let named = |(id, name): (&str, &str)| {
            AttributeMap::from([("id".to_owned(), text(id)), ("name".to_owned(), text(name))])
        };
        self.database.fill(&self.products, PRODUCTS.map(named)).await?;
        let users: BTreeSet<&str> = seeds.iter().map(|seed| seed.created.user_id.as_str()).collect();
        self.database.fill(&self.customers, users.into_iter().map(|user| named((user, "Ada")))).await
    }

    async fn list(&self, user: &str) -> Result<Found, PeersError> {
        let orders = async {
            let orders = page(&self.client, &self.orders, user).await?;
            let id = |order: &AttributeMap| {
                order.get("id").and_then(|id| id.as_s().ok()).cloned().unwrap_or_default()
            };
            let ids: Vec<String> = orders.iter().map(id).collect();
            let lines = try_join_all(ids.iter().map(|id| self.lines_of(id))).await?;
            Ok((orders.len(), lines.into_iter().flatten().collect::<Vec<_>>()))
        };
        let ((orders, lines), ()) = try_join(orders, self.customer(user)).await?;
        Ok(Found { orders, lines: lines.len(), named: self.named(&lines).await? })
    }

    async fn one(&self, id: Uuid) -> Result<Found, PeersError> {
        let id = id.to_string();
        let order = async {
            let get = self.client.get_item().table_name(&self.orders).key("id", text(&id));
            get.send().await.map_err(failed("read an order"))
        };
        let (order, lines) = try_join(order, self.lines_of(&id)).await?;
        let Some(order) = order.item else { return Ok(Found::default()) };
        let user = order.get("user_key").and_then(|key| key.as_s().ok()?.strip_prefix("user#"));
        let customer = self.customer(user.unwrap_or_default());
        let ((), named) = try_join(customer, self.named(&lines)).await?;
        Ok(Found { orders: 1, lines: lines.len(), named })
    }
}
