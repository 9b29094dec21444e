//! Both tables, a dead-letter queue, and the projection between them.

use std::collections::BTreeSet;
use std::time::Duration;

use es_core::{Commit, EventAppender};
use event_store::DynamoEventStore;
use event_stream::{Batch, BatchResponse};
use projection::Counters;
use projection::Projector;
use search_projection::{SearchIndex, SearchProjection};
use testing::dynamodb::LocalDynamoDb;
use testing::{InMemoryDeadLetters, kinesis};
use tokio::time::Instant;
use uuid::Uuid;
use views::DynamoPostings;

type Index = SearchIndex<DynamoEventStore>;

pub(crate) struct World {
    pub(crate) db: LocalDynamoDb,
    query_table: String,
    pub(crate) projector: Projector<SearchProjection, DynamoEventStore, Index, InMemoryDeadLetters>,
}

impl World {
    /// A world whose event table holds `commits`.
    pub(crate) async fn with(commits: &[Commit]) -> Self {
        let db = LocalDynamoDb::start().await;
        let (event_table, query_table) = (db.event_table().await, db.query_table().await);
        let events = DynamoEventStore::new(db.client(), event_table);
        for commit in commits {
            events.append(commit).await.unwrap();
        }
        db.recorder().clear();
        let index = SearchIndex::new(events.clone(), DynamoPostings::new(db.client(), &query_table));
        let projector = Projector::new(events, index, InMemoryDeadLetters::default());
        Self { db, query_table, projector }
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

    /// The requests since the last call.
    pub(crate) fn requests(&self) -> Vec<String> {
        let requests = self.db.recorder().requests();
        self.db.recorder().clear();
        requests
    }

    /// What `order` is found by, in alphabetical order; every posting is at the time of the order's opening.
    pub(crate) async fn prefixes(&self, order: Uuid, opened_at: &str) -> Vec<String> {
        let scan = self.db.client().scan().table_name(&self.query_table).send().await.unwrap();
        let text = |item: &std::collections::HashMap<_, _>, name: &str| {
            let value: &aws_sdk_dynamodb::types::AttributeValue = &item[name];
            value.as_s().unwrap().clone()
        };
        let here = format!("{opened_at}#{order}");
        let of_order = scan.items().iter().filter(|item| text(item, "sk").ends_with(&order.to_string()));
        let found: BTreeSet<_> = of_order
            .map(|item| {
                assert_eq!(text(item, "sk"), here);
                text(item, "pk").strip_prefix("word#").unwrap().to_owned()
            })
            .collect();
        found.into_iter().collect()
    }
}
