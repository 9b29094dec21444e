//! Tests the history projection.

use es_core::{Commit, Metadata, Recorded, StoredEvent, StreamId, StreamVersion};
use event_stream::Batch;
use projection::Counters;
use projections::HistoryProjection;
use serde_json::json;
use shop_testing as shop;
use testing::kinesis;
use uuid::{Uuid, uuid};
use view_store::PageLimit;
use views::HistoryPage;

use crate::world::{commits, counters, sample, samples};

type World = crate::world::World<HistoryProjection>;

const ADA: Uuid = uuid!("6f1c1d5e-1b7a-4f0e-9f5e-3d2b1a0c9e8f");
const TWICE: Uuid = uuid!("0b6d3f0e-8f4e-4c1e-9a46-0d6b5b0f2a11");

impl World {
    async fn history(&self, order: Uuid) -> Option<HistoryPage> {
        self.projector.views.page(order, PageLimit::default(), None).await.unwrap()
    }

    /// The types of an order's events without the prefix `Order`.
    async fn types(&self, order: Uuid) -> Vec<String> {
        let events = self.history(order).await.map(|page| page.events).unwrap_or_default();
        events.iter().map(|event| event.event_type.replace("Order", "")).collect()
    }
}

#[tokio::test]
async fn every_sample_gives_the_expected_view() {
    for (name, batch) in samples::<HistoryProjection>() {
        let (expected, ada, twice): (_, &[&str], &[&str]) = match name.as_str() {
            "full-life" => (counters(3, 1, 3), &["Created", "Confirmed", "Shipped"], &[]),
            "duplicates-and-reordered" => (
                Counters { duplicates: 2, ..counters(7, 2, 5) },
                &["Created", "Confirmed", "Shipped"],
                &["Created", "Cancelled"],
            ),
            "poison" => (Counters { poison: 1, ..counters(2, 1, 1) }, &["Created"], &[]),
            "unknown-type" => (Counters { poison: 2, ..counters(3, 1, 1) }, &["Created"], &[]),
            "not-for-orders" => (Counters { ignored: 2, ..counters(2, 0, 0) }, &[], &[]),
            _ => panic!("{name} has no expectation"),
        };
        let world = World::new().await;
        assert_eq!(world.project(&batch).await, expected, "{name}");
        assert_eq!(world.types(ADA).await, ada, "{name}");
        assert_eq!(world.types(TWICE).await, twice, "{name}");
    }
}

#[tokio::test]
async fn an_event_keeps_its_metadata() {
    let (world, batch) = (World::new().await, sample::<HistoryProjection>("full-life"));
    world.project(&batch).await;
    let page = world.history(ADA).await.unwrap();
    assert_eq!(page.user_id.as_deref(), Some("user-ada"));
    let Commit { stream, first, events, metadata, .. } = commits(&batch).remove(2);
    let kept = &page.events[2];
    assert_eq!((kept.version, &kept.data), (first, &events[0].data));
    assert_eq!((&kept.at, &kept.traceparent), (&metadata.occurred_at, &metadata.traceparent));
    let Metadata { correlation_id, causation_id, .. } = &metadata;
    assert_eq!((&kept.correlation_id, &kept.causation_id), (correlation_id, causation_id));
    assert_eq!(kept.id, Recorded { stream, version: first, metadata, event: () }.id());
}

#[tokio::test]
async fn a_stream_costs_one_write_per_event() {
    let world = World::new().await;
    world.project(&sample::<HistoryProjection>("full-life")).await;
    world.assert_units(3.0, "three events");
    assert_eq!(world.requests(), ["BatchGetItem", "BatchWriteItem", "BatchWriteItem", "BatchWriteItem"]);
}

#[tokio::test]
async fn a_gap_is_filled_and_a_repetition_changes_nothing() {
    let (world, mut batch) = (World::new().await, sample::<HistoryProjection>("full-life"));
    shop::append_all(&world.projector.events, &commits(&batch)).await;
    let last = batch.records.split_off(2);
    assert_eq!(world.project(&Batch { records: last }).await.gaps, 1);
    let whole = world.history(ADA).await;
    assert_eq!(whole.as_ref().map(|page| page.events.len()), Some(3));
    assert_eq!(world.project(&batch).await.duplicates, 2);
    assert_eq!(world.history(ADA).await, whole);
}

#[tokio::test]
async fn an_event_of_an_old_schema_is_kept_in_the_current_schema() {
    let (world, mut commit) =
        (World::new().await, commits(&sample::<HistoryProjection>("full-life")).remove(0));
    commit.stream = StreamId::new(commit.stream.category().clone(), TWICE);
    let data = json!({"user_id": "user-ada", "items": [], "total_amount_cents": 0});
    commit.events = vec![StoredEvent { event_type: "OrderCreated".to_owned(), schema: 1, data }];
    world.project(&kinesis::commits([&commit])).await;
    assert_eq!(world.history(TWICE).await.unwrap().events[0].data["currency"], "USD");

    commit.first = StreamVersion::new(2);
    commit.events[0].schema = 99;
    assert_eq!(world.project(&kinesis::commits([&commit])).await.poison, 1);
    assert!(world.one_letter().contains("cannot be read"));
}
