//! This project's views of orders.

use async_trait::async_trait;
use aws_sdk_dynamodb::Client;
use domain::order::{Order, OrderEvent};
use es_core::{Applied, Projection, Recorded, StreamVersion, ViewWriter};
use futures::stream::{self, StreamExt, TryStreamExt};
use projections::OrderProjection;
use uuid::Uuid;
use view_store::{Change, PageLimit, QueryTable, StoredChange};
use views::{DynamoOrderViews, OrderFilter, OrderScope, OrderView, list_orders};

use super::port::{Found, Reader, Seed, VIEWS};
use crate::contender::own::{metadata, stream as stream_of};
use crate::counting::Counter;
use crate::database::Database;
use crate::error::{PeersError, failed};

/// How many views are written at once.
const WRITES_AT_ONCE: usize = 16;

/// The views in a query table.
#[derive(Debug)]
pub(crate) struct Own {
    client: Client,
    table: String,
    views: DynamoOrderViews,
    counter: Counter,
}

impl Own {
    /// Views in a new query table.
    pub(crate) async fn new(database: &Database) -> Self {
        let (counter, table) = (Counter::default(), database.query_table().await);
        let client = database.client(&counter);
        let views = DynamoOrderViews::new(client.clone(), &table);
        Self { client, table, views, counter }
    }
}

fn found(view: &OrderView) -> Found {
    let named = view.items.iter().filter(|item| item.name.is_some()).count();
    Found { orders: 1, lines: view.items.len(), named }
}

#[async_trait(?Send)]
impl Reader for Own {
    fn name(&self) -> &'static str {
        VIEWS
    }

    fn counter(&self) -> &Counter {
        &self.counter
    }

    async fn fill(&self, seeds: &[Seed]) -> Result<(), PeersError> {
        let (client, name) = (self.client.clone(), self.table.clone());
        let table = QueryTable { client, name, timeline: "event".to_owned() };
        let writer = Change::<OrderView>::writer(table);
        let write = async |seed: &Seed| {
            let (stream, first) = (stream_of::<Order>(seed.id), StreamVersion::NONE.next());
            let event = Recorded {
                stream: stream.clone(),
                version: first,
                metadata: metadata(&format!("create-{}", seed.id))?,
                event: OrderEvent::OrderCreated(seed.created.clone()),
            };
            let change = OrderProjection::project(Change::default(), &event);
            let applied = writer.apply(&stream, &change, StreamVersion::NONE, first).await;
            match applied.map_err(failed("write a view"))? {
                Applied::Written => Ok(()),
                refused => Err(failed("write a view")(format!("{refused:?}"))),
            }
        };
        stream::iter(seeds).map(write).buffer_unordered(WRITES_AT_ONCE).try_collect().await
    }

    async fn list(&self, user: &str) -> Result<Found, PeersError> {
        let scope = OrderScope::User { user_id: user.to_owned(), status: None };
        let filter = OrderFilter { scope, from: None, to: None };
        let page = list_orders(&self.views, &filter, PageLimit::default(), None).await;
        let page = page.map_err(failed("list orders"))?;
        Ok(page.orders.iter().map(found).fold(Found::default(), Found::plus))
    }

    async fn one(&self, id: Uuid) -> Result<Found, PeersError> {
        let view = self.views.get(&stream_of::<Order>(id)).await.map_err(failed("read a view"))?;
        Ok(view.as_ref().map(found).unwrap_or_default())
    }
}
