//! The five projection functions.

use std::sync::Arc;
use std::time::Duration;

use analytics_projection::AnalyticsProjection;
use event_store::DynamoEventStore;
use event_stream::Batch;
use history_projection::HistoryProjection;
use order_projection::OrderProjection;
use product_projection::ProductProjection;
use projection::Projector;
use read_store::{DynamoAnalytics, DynamoHistories, DynamoOrderViews, DynamoPostings, DynamoProductViews};
use search_projection::{SearchIndex, SearchProjection};
use serde_json::{Value, json};
use tokio::time::{Instant, timeout};

use super::letters::Letters;
use crate::aws::{EVENTS, VIEWS, client};
use crate::mutation::ports::{Store, Views};
use crate::world::World;

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

/// The projection functions, wired as their mains do.
pub(crate) struct Functions {
    orders: Projector<OrderProjection, Store, Views<DynamoOrderViews>, Letters>,
    products: Projector<ProductProjection, Store, Views<DynamoProductViews>, Letters>,
    histories: Projector<HistoryProjection, Store, Views<DynamoHistories>, Letters>,
    search: Projector<SearchProjection, Store, Views<SearchIndex<Store>>, Letters>,
    analytics: Projector<AnalyticsProjection, Store, Views<DynamoAnalytics>, Letters>,
}

impl Functions {
    pub(crate) fn deployed(world: &Arc<World>) -> Self {
        let of = |function: Function| client(world, function.name());
        let store =
            |function| Store { world: Arc::clone(world), inner: DynamoEventStore::new(of(function), EVENTS) };
        let letters = || Letters(Arc::clone(world));
        let orders = DynamoOrderViews::new(of(Function::Orders), VIEWS);
        let products = DynamoProductViews::new(of(Function::Products), VIEWS);
        let histories = DynamoHistories::new(of(Function::Histories), VIEWS);
        let postings = DynamoPostings::new(of(Function::Search), VIEWS);
        let index = SearchIndex::new(store(Function::Search), postings);
        let analytics = DynamoAnalytics::new(of(Function::Analytics), VIEWS);
        Self {
            orders: Projector::new(store(Function::Orders), views(world, orders), letters()),
            products: Projector::new(store(Function::Products), views(world, products), letters()),
            histories: Projector::new(store(Function::Histories), views(world, histories), letters()),
            search: Projector::new(store(Function::Search), views(world, index), letters()),
            analytics: Projector::new(store(Function::Analytics), views(world, analytics), letters()),
        }
    }

    /// Invokes `function` with `records`. It may be cut off anywhere: what it has sent by then arrives all the same.
    pub(crate) async fn project(&self, world: &World, function: Function, records: &[Value]) -> Ended {
        let batch: Batch = serde_json::from_value(json!({ "Records": records })).unwrap();
        let (dice, weather) = (&world.dice, world.weather());
        let hasty = dice.chance(weather.short_deadlines);
        let time = if hasty { dice.millis(5..400) } else { DEADLINE };
        let life = if dice.chance(weather.crashes) { dice.millis(1..60) } else { TIMEOUT };
        let ended = match timeout(life, Box::pin(self.answer(function, &batch, Instant::now() + time))).await
        {
            Ok(failed) => Ended::Answered(failed),
            Err(_) => Ended::Died,
        };
        let now = world.clock.millis();
        world.trace.note(format!("{now} {} {} {ended:?}", function.name(), records.len()));
        ended
    }

    async fn answer(&self, function: Function, batch: &Batch, deadline: Instant) -> Option<String> {
        let (response, _) = match function {
            Function::Orders => self.orders.project(batch, deadline).await,
            Function::Products => self.products.project(batch, deadline).await,
            Function::Histories => self.histories.project(batch, deadline).await,
            Function::Search => self.search.project(batch, deadline).await,
            Function::Analytics => self.analytics.project(batch, deadline).await,
        };
        let failure = response.batch_item_failures.into_iter().next();
        failure.map(|failure| failure.item_identifier.as_str().to_owned())
    }
}

fn views<W>(world: &Arc<World>, inner: W) -> Views<W> {
    Views { world: Arc::clone(world), inner }
}
