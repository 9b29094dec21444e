//! Any order, repetition, loss and batching of the deliveries ends in the view of an orderly projection.

use es_core::{Commit, EventAppender, StoredEvent};
use event_stream::{Batch, BatchResponse};
use futures::future::join_all;
use order_projection::OrderProjection;
use projection::Projector;
use proptest::prelude::*;
use std::time::Duration;
use testing::dynamodb::LocalDynamoDb;
use testing::{InMemoryDeadLetters, InMemoryEventStore, kinesis};
use tokio::time::Instant;
use uuid::Uuid;
use views::{DynamoOrderViews, OrderView};

use crate::orders::{cancelled, commit, confirmed, created, delivered, shipped, stream, unknown};

/// The commits of one order: the first opens it, and each has one event to three.
fn commits() -> impl Strategy<Value = Vec<Commit>> {
    let event = prop::sample::select(vec![confirmed(), shipped(), delivered(), cancelled(), unknown()]);
    let later = prop::collection::vec(prop::collection::vec(event, 1..4), 0..8);
    later.prop_map(|later| {
        let mut first = 1;
        let next = |events: Vec<StoredEvent>| {
            let next = commit(&stream(1), first, events);
            first = next.last().next().get();
            next
        };
        std::iter::once(vec![created()]).chain(later).map(next).collect()
    })
}

/// Batches, each of indexes of commits. The last commit is delivered at least once, any other any number of times.
fn deliveries() -> impl Strategy<Value = (Vec<Commit>, Vec<Vec<usize>>)> {
    commits().prop_flat_map(|commits| {
        let last = commits.len() - 1;
        let any = prop::collection::vec(prop::collection::vec(0..=last, 1..6), 0..6);
        let batches = (any, any_batch(last)).prop_map(|(mut batches, (place, batch))| {
            batches.insert(place.index(batches.len() + 1), batch);
            batches
        });
        (Just(commits), batches)
    })
}

fn any_batch(last: usize) -> impl Strategy<Value = (prop::sample::Index, Vec<usize>)> {
    let others = prop::collection::vec(0..=last, 0..6);
    let with_last = others.prop_map(move |mut batch| {
        batch.push(last);
        batch
    });
    (any::<prop::sample::Index>(), with_last.prop_shuffle())
}

struct Projected {
    view: Option<OrderView>,
    applied: u64,
}

async fn projected(commits: &[Commit], batches: &[Vec<usize>], at_once: bool) -> Projected {
    let db = LocalDynamoDb::start().await;
    let events = InMemoryEventStore::default();
    for commit in commits {
        events.append(commit).await.unwrap();
    }
    let views = DynamoOrderViews::new(db.client(), db.query_table().await);
    let projector = Projector::<OrderProjection, _, _, _>::new(events, views, InMemoryDeadLetters::default());
    let deadline = Instant::now() + Duration::from_mins(1);
    let project = async |batch: Batch| {
        let (response, counters) = projector.project(&batch, deadline).await;
        assert_eq!(response, BatchResponse::default());
        counters.applied
    };
    let batches = batches.iter().map(|batch| kinesis::commits(batch.iter().map(|index| &commits[*index])));
    let mut applied = 0;
    if at_once {
        applied = join_all(batches.map(project)).await.into_iter().sum();
    } else {
        for batch in batches {
            applied += project(batch).await;
        }
    }
    assert!(projector.dead_letters.take().is_empty());
    Projected { view: projector.views.get(Uuid::from_u128(1)).await.unwrap(), applied }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_delivery_ends_in_the_same_view((commits, batches) in deliveries(), at_once in any::<bool>()) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let orderly: Vec<_> = (0..commits.len()).map(|index| vec![index]).collect();
        let expected = runtime.block_on(projected(&commits, &orderly, false));
        let found = runtime.block_on(projected(&commits, &batches, at_once));
        prop_assert!(expected.view.is_some());
        prop_assert_eq!(found.view, expected.view);
        prop_assert_eq!(found.applied, commits.len() as u64, "each commit once");
    }
}
