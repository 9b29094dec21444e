//! The API: a request goes to the function of its route, and what comes of it back to its caller, if it does.

use std::sync::Arc;
use std::time::Duration;

use aws_sdk_dynamodb::Client;
use create_order::PriceSource;
use event_store::DynamoEventStore;
use http_api::{GatewayResponse, with_source};
use testing::gateway::Answered;
use tokio::time::timeout;
use views::{DynamoAnalytics, DynamoHistories, DynamoOrderViews, DynamoProductViews};

use super::request::{Request, Route};
use crate::Mutation;
use crate::aws::{EVENTS, client};
use crate::mutation::ports::Store;
use crate::world::World;

/// How long a function may take for a request: the longest of the template.
const TIMEOUT: Duration = Duration::from_secs(25);

/// The API and the functions behind it.
pub(crate) struct Api {
    pub(crate) world: Arc<World>,
    store: Store,
    queries: Client,
}

impl Api {
    pub(crate) fn deployed(world: &Arc<World>) -> Self {
        let commands = DynamoEventStore::new(client(world, "commands"), EVENTS);
        Self {
            world: Arc::clone(world),
            store: Store::new(world, commands),
            queries: client(world, "queries"),
        }
    }

    /// Sends `request` in the invocation `id`; `None` where no answer comes back, whatever has happened.
    pub(crate) async fn send(&self, request: &Request, id: &str) -> Option<Answered> {
        let world = &self.world;
        let (dice, weather) = (&world.dice, world.weather());
        let life = if dice.chance(weather.crashes) { dice.millis(1..60) } else { TIMEOUT };
        let handled = with_source(Arc::clone(world) as _, self.handle(self.tampered(request.clone()), id));
        let answered = timeout(life, Box::pin(handled)).await.ok();
        let answered = answered.map(Answered::from).filter(|_| !dice.chance(weather.lost_replies));
        let status = answered.as_ref().map(|answered| answered.status);
        world.trace.note(format!("{} {:?} {status:?}", world.clock.millis(), request.route));
        answered
    }

    /// `request`, or what the planted bug makes of it.
    fn tampered(&self, mut request: Request) -> Request {
        match self.world.mutation {
            Some(Mutation::KeyLostOnTheWay) => request.key = None,
            Some(Mutation::PreconditionIgnored) => request.if_match = None,
            Some(Mutation::WaitIgnored) if request.route == Route::GetOrder => request.query.clear(),
            _ => {}
        }
        request
    }

    async fn handle(&self, request: Request, id: &str) -> GatewayResponse {
        let (event, store) = (request.event(id), &self.store);
        let (client, table) = (self.queries.clone(), self.world.deployment.live().table());
        match request.route {
            Route::CreateOrder => create_order::handle(store, PriceSource::Catalog, event).await,
            Route::ConfirmOrder => confirm_order::handle(store, event).await,
            Route::ShipOrder => ship_order::handle(store, event).await,
            Route::DeliverOrder => deliver_order::handle(store, event).await,
            Route::CancelOrder => cancel_order::handle(store, event).await,
            Route::RegisterProduct => register_product::handle(store, event).await,
            Route::DiscontinueProduct => discontinue_product::handle(store, event).await,
            Route::SubmitBatch => submit_batch::handle(store, PriceSource::Catalog, event).await,
            Route::GetOrder => get_order::handle(&DynamoOrderViews::new(client, table), event).await,
            Route::GetHistory => get_order_history::handle(&DynamoHistories::new(client, table), event).await,
            Route::ListOrders => list_orders::handle(&DynamoOrderViews::new(client, table), event).await,
            Route::SearchOrders => search_orders::handle(&DynamoOrderViews::new(client, table), event).await,
            Route::GetProduct => get_product::handle(&DynamoProductViews::new(client, table), event).await,
            Route::ListProducts => {
                list_products::handle(&DynamoProductViews::new(client, table), event).await
            }
            Route::GetDaily | Route::GetTopProducts => {
                get_analytics::handle(&DynamoAnalytics::new(client, table), event).await
            }
        }
    }
}
