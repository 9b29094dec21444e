//! Both tables, a dead-letter queue, and the projection between them.

use std::time::Duration;

use analytics_projection::AnalyticsProjection;
use es_core::{Commit, EventAppender};
use event_store::DynamoEventStore;
use event_stream::{Batch, BatchResponse};
use projection::Counters;
use projection::Projector;
use testing::dynamodb::LocalDynamoDb;
use testing::{InMemoryDeadLetters, kinesis};
use tokio::time::Instant;
use view_store::PageLimit;
use views::{DailyTotal, DayRange, DynamoAnalytics, ProductTotal};

pub(crate) struct World {
    pub(crate) db: LocalDynamoDb,
    pub(crate) projector:
        Projector<AnalyticsProjection, DynamoEventStore, DynamoAnalytics, InMemoryDeadLetters>,
}

impl World {
    /// A world whose event table holds `commits`.
    pub(crate) async fn with<'a>(commits: impl IntoIterator<Item = &'a Commit>) -> Self {
        let db = LocalDynamoDb::start().await;
        let events = DynamoEventStore::new(db.client(), db.event_table().await);
        let analytics = DynamoAnalytics::new(db.client(), db.query_table().await);
        for commit in commits {
            events.append(commit).await.unwrap();
        }
        db.recorder().clear();
        Self { db, projector: Projector::new(events, analytics, InMemoryDeadLetters::default()) }
    }

    pub(crate) async fn try_project(&self, batch: &Batch) -> (BatchResponse, Counters) {
        self.projector.project(batch, Instant::now() + Duration::from_mins(1)).await
    }

    /// Projects the delivery of `commits` and expects nothing to come again.
    pub(crate) async fn deliver<'a>(&self, commits: impl IntoIterator<Item = &'a Commit>) -> Counters {
        let (response, counters) = self.try_project(&kinesis::commits(commits)).await;
        assert_eq!(response, BatchResponse::default());
        counters
    }

    /// The orders of `days`, as `1970-01-02 pending EUR 1 250`.
    pub(crate) async fn daily(&self, (from, to): (&str, &str)) -> Vec<String> {
        let totals = self.projector.views.daily(days(from, to)).await.unwrap();
        let text = |DailyTotal { day, status, currency, orders, revenue_cents }: DailyTotal| {
            format!("{day} {status} {currency} {orders} {revenue_cents}")
        };
        totals.into_iter().map(text).collect()
    }

    /// The products of `days` by revenue, as `tea 1 250`; all in one currency.
    pub(crate) async fn products(&self, (from, to): (&str, &str)) -> Vec<String> {
        let limit = PageLimit::try_from(100).unwrap();
        let currencies = self.projector.views.products(days(from, to), limit).await.unwrap();
        let text = |ProductTotal { product_id, quantity, revenue_cents }: ProductTotal| {
            format!("{product_id} {quantity} {revenue_cents}")
        };
        currencies.into_iter().flat_map(|currency| currency.products).map(text).collect()
    }

    /// The requests since the last call.
    pub(crate) fn requests(&self) -> Vec<String> {
        let requests = self.db.recorder().requests();
        self.db.recorder().clear();
        requests
    }
}

fn days(from: &str, to: &str) -> DayRange {
    DayRange::new(from.parse().unwrap(), to.parse().unwrap(), 31).unwrap()
}
