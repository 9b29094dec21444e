//! Both tables, a dead-letter queue, and the projection between them.

use std::time::Duration;

use es_core::{Commit, EventAppender};
use event_store::DynamoEventStore;
use event_stream::{Batch, BatchResponse};
use order_projection::OrderProjection;
use projection::Counters;
use testing::dynamodb::LocalDynamoDb;
use testing::{InMemoryDeadLetters, kinesis};
use tokio::time::Instant;
use uuid::Uuid;
use views::{DynamoOrderViews, OrderView};

pub(crate) type Projector =
    projection::Projector<OrderProjection, DynamoEventStore, DynamoOrderViews, InMemoryDeadLetters>;

pub(crate) struct World {
    pub(crate) db: LocalDynamoDb,
    pub(crate) event_table: String,
    pub(crate) projector: Projector,
}

impl World {
    pub(crate) async fn new() -> Self {
        let db = LocalDynamoDb::start().await;
        let (event_table, query_table) = (db.event_table().await, db.query_table().await);
        let projector = Projector::new(
            DynamoEventStore::new(db.client(), &event_table),
            DynamoOrderViews::new(db.client(), query_table),
            InMemoryDeadLetters::default(),
        );
        Self { db, event_table, projector }
    }

    /// A world whose event table holds `commits`.
    pub(crate) async fn with(commits: &[Commit]) -> Self {
        let world = Self::new().await;
        for commit in commits {
            world.projector.events.append(commit).await.unwrap();
        }
        world.db.recorder().clear();
        world
    }

    /// Projects `batch` and expects nothing to come again.
    pub(crate) async fn project(&self, batch: &Batch) -> Counters {
        let (response, counters) = self.try_project(batch).await;
        assert_eq!(response, BatchResponse::default());
        counters
    }

    /// Projects the delivery of `commits` and expects nothing to come again.
    pub(crate) async fn deliver<'a>(&self, commits: impl IntoIterator<Item = &'a Commit>) -> Counters {
        self.project(&kinesis::commits(commits)).await
    }

    pub(crate) async fn try_project(&self, batch: &Batch) -> (BatchResponse, Counters) {
        self.projector.project(batch, Instant::now() + Duration::from_mins(1)).await
    }

    pub(crate) async fn view(&self, order: u128) -> Option<OrderView> {
        self.projector.views.get(Uuid::from_u128(order)).await.unwrap()
    }

    /// The status and version of an order's view, as `shipped 3`; nothing where there is none.
    pub(crate) async fn stands(&self, order: u128) -> String {
        self.view(order).await.map(|view| format!("{} {}", view.status, view.version)).unwrap_or_default()
    }

    /// The requests since the last call, in alphabetical order.
    pub(crate) fn requests(&self) -> Vec<String> {
        let mut requests = self.db.recorder().requests();
        self.db.recorder().clear();
        requests.sort();
        requests
    }
}
