//! Every projection, wired as its function does it, over tables that answer at once.

use std::time::Duration;

use analytics_projection::AnalyticsProjection;
use es_core::{Projection, ViewWriter};
use event_stream::Batch;
use history_projection::HistoryProjection;
use order_projection::OrderProjection;
use product_projection::ProductProjection;
use projection::Projector;
use search_projection::{SearchIndex, SearchProjection};
use testing_in_memory::{InMemoryDeadLetters, InMemoryEventStore};
use tokio::time::Instant;
use views::{DynamoAnalytics, DynamoHistories, DynamoOrderViews, DynamoPostings, DynamoProductViews};

use crate::database::Database;

/// More than any batch takes.
const TIME: Duration = Duration::from_mins(1);

/// Has every projection take `batch`: nothing in it holds a projection up. What cannot be read is set aside.
pub(crate) async fn take(batch: &Batch) {
    let (client, table) = (Database::unasked().client(), "views");
    let postings = DynamoPostings::new(client.clone(), table);
    let search = SearchIndex::new(InMemoryEventStore::default(), postings);
    project::<OrderProjection, _>(DynamoOrderViews::new(client.clone(), table), batch).await;
    project::<ProductProjection, _>(DynamoProductViews::new(client.clone(), table), batch).await;
    project::<HistoryProjection, _>(DynamoHistories::new(client.clone(), table), batch).await;
    project::<SearchProjection, _>(search, batch).await;
    project::<AnalyticsProjection, _>(DynamoAnalytics::new(client, table), batch).await;
}

async fn project<P: Projection, W: ViewWriter<P::Change>>(views: W, batch: &Batch) {
    let letters = InMemoryDeadLetters::default();
    let projector = Projector::<P, _, _, _>::new(InMemoryEventStore::default(), views, letters);
    let (response, _) = projector.project(batch, Instant::now() + TIME).await;
    assert_eq!(response.batch_item_failures, [], "{} is held up", P::NAME);
    let letters = projector.dead_letters.take();
    assert!(letters.len() <= batch.records.len(), "{} sets aside more than came", P::NAME);
}
