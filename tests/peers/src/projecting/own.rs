//! This project's projections, with the code of the deployed functions.

use std::time::Duration;

use async_trait::async_trait;
use es_core::{Applied, StreamId, StreamVersion, ViewWriter, WriteError};
use event_store::DynamoEventStore;
use projection::{Projector, RunningProjection, Stores, WrittenTables, projector_for};
use projections::{AnalyticsProjection, OrderProjection};
use testing::kinesis::EVENT_TABLE;
use testing::{InMemoryDeadLetters, StoppedClock};
use tokio::time::Instant;
use view_store::{QueryTable, StoredChange};
use views::{AnalyticsChange, DynamoAnalytics};

use super::batch::Batch;
use super::port::Follower;
use crate::counting::Counter;
use crate::database::Database;
use crate::error::PeersError;

/// The name of the view of orders in the tables.
const ORDER_VIEW: &str = "this order view";
/// The name of the analytics in the tables.
const ANALYTICS: &str = "these analytics";
/// The name of the analytics that write each order by itself.
const ANALYTICS_ONE_BY_ONE: &str = "these analytics, one order at a time";

/// The longest time of a batch.
const TIMEOUT: Duration = Duration::from_mins(1);

/// A projection of this project.
pub(crate) struct Own {
    name: &'static str,
    projection: Box<dyn RunningProjection>,
    letters: InMemoryDeadLetters,
    counter: Counter,
}

impl Own {
    /// The view of orders in a new query table.
    pub(crate) async fn order_view(database: &Database) -> Self {
        Self::new(database, ORDER_VIEW, |stores| Box::new(projector_for::<OrderProjection, _>(stores))).await
    }

    /// The analytics in a new query table.
    pub(crate) async fn analytics(database: &Database) -> Self {
        Self::new(database, ANALYTICS, |stores| Box::new(projector_for::<AnalyticsProjection, _>(stores)))
            .await
    }

    /// The analytics in a new query table. Each order has a transaction of its own.
    pub(crate) async fn analytics_one_by_one(database: &Database) -> Self {
        Self::new(database, ANALYTICS_ONE_BY_ONE, |stores| {
            let views = OneByOne(AnalyticsChange::writer(stores.tables.live.clone()));
            let (table, events) = (stores.event_table().to_owned(), stores.events.clone());
            Box::new(Projector::<AnalyticsProjection, _, _>::new(table, events, views, stores.clock.clone()))
        })
        .await
    }

    async fn new(
        database: &Database,
        name: &'static str,
        connect: fn(&Stores<DynamoEventStore>) -> Box<dyn RunningProjection>,
    ) -> Self {
        let counter = Counter::default();
        let client = database.client(&counter);
        let events = DynamoEventStore::new(client.clone(), database.event_table().await);
        let table =
            QueryTable { client, name: database.query_table().await, timeline: EVENT_TABLE.to_owned() };
        let stores = Stores { events, tables: WrittenTables::only(table), clock: StoppedClock::shared() };
        Self { name, projection: connect(&stores), letters: InMemoryDeadLetters::default(), counter }
    }
}

#[async_trait]
impl Follower for Own {
    fn name(&self) -> &'static str {
        self.name
    }

    fn counter(&self) -> &Counter {
        &self.counter
    }

    async fn project(&self, batch: &Batch) -> Result<(), PeersError> {
        let deadline = Instant::now() + TIMEOUT;
        let (_, counters) = self.projection.project(&batch.records, &self.letters, deadline).await;
        if counters.failed == 0 && counters.applied == batch.records.records.len() as u64 {
            return Ok(());
        }
        let problem = format!("a batch of new events ended with {counters:?}");
        Err(PeersError::Unexpected { contender: self.name, problem })
    }
}

/// A writer that writes each order by itself, because it does not say `MAX_TOGETHER`.
struct OneByOne(DynamoAnalytics);

impl ViewWriter<AnalyticsChange> for OneByOne {
    async fn apply(
        &self,
        stream: &StreamId,
        change: &AnalyticsChange,
        after: StreamVersion,
        to: StreamVersion,
    ) -> Result<Applied, WriteError> {
        self.0.apply(stream, change, after, to).await
    }
}
