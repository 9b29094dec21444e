//! The five projection functions.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use analytics_projection::AnalyticsProjection;
use aws_sdk_dynamodb::Client;
use es_core::{Projection, ViewWriter};
use event_store::DynamoEventStore;
use event_stream::{Batch, BatchResponse};
use history_projection::HistoryProjection;
use order_projection::OrderProjection;
use product_projection::ProductProjection;
use projection::Projector;
use search_projection::{SearchIndex, SearchProjection};
use serde_json::{Value, json};
use tokio::time::{Instant, timeout};
use views::{DynamoAnalytics, DynamoHistories, DynamoOrderViews, DynamoPostings, DynamoProductViews};

use super::letters::Letters;
use crate::Mutation;
use crate::aws::{EVENTS, client};
use crate::mutation::ports::{Store, Views};
use crate::world::{Generation, World};

/// How long a function may work on a batch.
const TIMEOUT: Duration = Duration::from_secs(30);
/// When it stops by itself.
const DEADLINE: Duration = Duration::from_secs(29);

/// A projection function.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Function {
    Orders,
    Products,
    Histories,
    Search,
    Analytics,
}

/// How an invocation ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Ended {
    /// It answered, with the record to begin again from, if any.
    Answered(Option<String>),
    /// It died, or ran out of time.
    Died,
}

impl Function {
    pub(crate) const ALL: [Self; 5] =
        [Self::Orders, Self::Products, Self::Histories, Self::Search, Self::Analytics];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Orders => "order-projection",
            Self::Products => "product-projection",
            Self::Histories => "history-projection",
            Self::Search => "search-projection",
            Self::Analytics => "analytics-projection",
        }
    }
}

/// The projection functions.
pub(crate) struct Functions {
    world: Arc<World>,
    clients: BTreeMap<Function, Client>,
}

/// An invocation of one of them.
struct Invocation<'a> {
    world: &'a Arc<World>,
    function: Function,
    client: &'a Client,
    batch: Batch,
    deadline: Instant,
}

impl Functions {
    pub(crate) fn deployed(world: &Arc<World>) -> Self {
        let clients = Function::ALL.map(|function| (function, client(world, function.name()))).into();
        Self { world: Arc::clone(world), clients }
    }

    /// Invokes `function` with `records`. It may be cut off anywhere: what it has sent by then arrives all the same.
    pub(crate) async fn project(&self, function: Function, records: &[Value]) -> Ended {
        let world = &self.world;
        let batch: Batch = serde_json::from_value(json!({ "Records": records })).unwrap();
        let (dice, weather) = (&world.dice, world.weather());
        let hasty = dice.chance(weather.short_deadlines);
        let time = if hasty { dice.millis(5..400) } else { DEADLINE };
        let life = if dice.chance(weather.crashes) { dice.millis(1..60) } else { TIMEOUT };
        let (client, deadline) = (&self.clients[&function], Instant::now() + time);
        let invocation = Invocation { world, function, client, batch, deadline };
        let ended = match timeout(life, Box::pin(invocation.answer())).await {
            Ok(failed) => Ended::Answered(failed),
            Err(_) => Ended::Died,
        };
        let now = world.clock.millis();
        world.trace.note(format!("{now} {} {} {ended:?}", function.name(), records.len()));
        ended
    }
}

impl Invocation<'_> {
    /// What the function answers, wired as its main does.
    async fn answer(self) -> Option<String> {
        let response = match self.function {
            Function::Orders => {
                self.run::<OrderProjection, _>(|client, table, _| DynamoOrderViews::new(client, table)).await
            }
            Function::Products => {
                self.run::<ProductProjection, _>(|client, table, _| DynamoProductViews::new(client, table))
                    .await
            }
            Function::Histories => {
                self.run::<HistoryProjection, _>(|client, table, _| DynamoHistories::new(client, table)).await
            }
            Function::Search => {
                self.run::<SearchProjection, _>(|client, table, events| {
                    SearchIndex::new(events, DynamoPostings::new(client, table))
                })
                .await
            }
            Function::Analytics => {
                self.run::<AnalyticsProjection, _>(|client, table, _| DynamoAnalytics::new(client, table))
                    .await
            }
        };
        let failure = response.batch_item_failures.into_iter().next();
        failure.map(|failure| failure.item_identifier.as_str().to_owned())
    }

    /// Projects the batch by `P` into the generations that are deployed now, each written by what `views` makes.
    async fn run<P, W>(self, views: impl Fn(Client, &'static str, Store) -> W) -> BatchResponse
    where
        P: Projection,
        P::Change: Sync,
        W: ViewWriter<P::Change>,
    {
        let Self { world, function, client, batch, deadline } = self;
        let events = Store::new(world, DynamoEventStore::new(client.clone(), EVENTS));
        let (live, other) = world.deployment.fed_by(function);
        let other = other.filter(|_| !world.has(Mutation::SecondGenerationUnfed));
        let generation = |generation: Generation| {
            let inner = views(client.clone(), generation.table(), events.clone());
            Views { world: Arc::clone(world), inner }
        };
        let letters = Letters(Arc::clone(world));
        let projector = Projector::<P, _, _, _>::new(events.clone(), generation(live), letters);
        projector.and_generation(other.map(generation)).project(&batch, deadline).await.0
    }
}
