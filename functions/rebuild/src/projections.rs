//! Every projection there is, by one name.

use analytics_projection::AnalyticsProjection;
use aws_sdk_dynamodb::Client;
use es_core::{Commit, EventReader, Projection};
use history_projection::HistoryProjection;
use order_projection::OrderProjection;
use product_projection::ProductProjection;
use projection::{Replayed, Replayer};
use search_projection::{SearchIndex, SearchProjection};
use tokio::time::Instant;
use views::{DynamoAnalytics, DynamoHistories, DynamoOrderViews, DynamoPostings, DynamoProductViews};

/// Every projection there is, from one event table into one or more generations of the query table.
#[derive(Debug, Clone)]
pub struct Projections<R> {
    orders: Replayer<OrderProjection, R, DynamoOrderViews>,
    products: Replayer<ProductProjection, R, DynamoProductViews>,
    histories: Replayer<HistoryProjection, R, DynamoHistories>,
    search: Replayer<SearchProjection, R, SearchIndex<R>>,
    analytics: Replayer<AnalyticsProjection, R, DynamoAnalytics>,
}

impl<R: EventReader + Clone> Projections<R> {
    /// The projections from `events` into each of `tables`, reached through `client`.
    #[must_use]
    pub fn new(events: &R, client: &Client, tables: &[String]) -> Self {
        let each = || tables.iter().map(|table| (client.clone(), table.clone()));
        let postings = each().map(|(client, table)| DynamoPostings::new(client, table));
        let search = postings.map(|postings| SearchIndex::new(events.clone(), postings));
        Self {
            orders: Replayer::new(events.clone(), each().map(|(c, table)| DynamoOrderViews::new(c, table))),
            products: Replayer::new(
                events.clone(),
                each().map(|(c, table)| DynamoProductViews::new(c, table)),
            ),
            histories: Replayer::new(events.clone(), each().map(|(c, table)| DynamoHistories::new(c, table))),
            search: Replayer::new(events.clone(), search),
            analytics: Replayer::new(events.clone(), each().map(|(c, table)| DynamoAnalytics::new(c, table))),
        }
    }

    /// Replays `commits` by every projection; see [`Replayer::replay`].
    pub async fn replay(&self, commits: &[Commit], deadline: Instant) -> Replayed {
        let (mut all, products, histories, search, analytics) = futures::join!(
            self.orders.replay(commits, deadline),
            self.products.replay(commits, deadline),
            self.histories.replay(commits, deadline),
            self.search.replay(commits, deadline),
            self.analytics.replay(commits, deadline),
        );
        for replayed in [products, histories, search, analytics] {
            all.add(replayed);
        }
        all
    }

    /// The name of the projection called `name`; `None` where there is none of that name.
    #[must_use]
    pub fn name(name: &str) -> Option<&'static str> {
        let names = [
            OrderProjection::NAME,
            ProductProjection::NAME,
            HistoryProjection::NAME,
            SearchProjection::NAME,
            AnalyticsProjection::NAME,
        ];
        names.into_iter().find(|known| *known == name)
    }

    /// Replays `commits` by the projection called `name` alone; `None` where there is none of that name.
    pub async fn replay_by(&self, name: &str, commits: &[Commit], deadline: Instant) -> Option<Replayed> {
        Some(match name {
            OrderProjection::NAME => self.orders.replay(commits, deadline).await,
            ProductProjection::NAME => self.products.replay(commits, deadline).await,
            HistoryProjection::NAME => self.histories.replay(commits, deadline).await,
            SearchProjection::NAME => self.search.replay(commits, deadline).await,
            AnalyticsProjection::NAME => self.analytics.replay(commits, deadline).await,
            _ => return None,
        })
    }
}
