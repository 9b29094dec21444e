//! Deliveries that are late, early, repeated or never come end in the same view.

use futures::future::join_all;
use projection::Counters;
use testing::kinesis;

use crate::orders::{cancelled, commit, confirmed, created, life, shipped, stream, unknown};
use crate::world::World;

#[tokio::test]
async fn a_whole_life_is_seen_in_the_view() {
    let order = life(1, &[created(), confirmed(), shipped()]);
    let world = World::new().await;
    world.deliver(&order).await;
    let view = world.view(1).await.unwrap();
    assert_eq!((view.user_id.as_str(), view.items.len()), ("user-0000-0000-0001", 3));
    assert_eq!((view.total_amount_cents, view.currency.as_str()), (7_500, "EUR"));
    assert_eq!(view.tracking_number.as_deref(), Some("JJD0003"));
    assert_eq!(view.carrier.as_deref(), Some("DHL"));
    assert_eq!(
        (view.created_at, view.updated_at),
        (order[0].metadata.occurred_at, order[2].metadata.occurred_at)
    );
}

#[tokio::test]
async fn a_cancelled_order_says_why() {
    let world = World::new().await;
    world.deliver(&life(1, &[created(), cancelled()])).await;
    assert_eq!(world.view(1).await.unwrap().cancel_reason.as_deref(), Some("ordered twice"));
}

#[tokio::test]
async fn a_gap_is_filled_from_the_event_table_by_one_read() {
    let order = life(1, &[created(), confirmed(), shipped()]);
    let world = World::with(&order).await;
    let counters = world.deliver([&order[2]]).await;
    assert_eq!(world.requests(), ["Query", "UpdateItem", "UpdateItem"]);
    assert_eq!(counters, Counters { records: 1, streams: 1, applied: 3, gaps: 1, ..Counters::default() });
    assert_eq!(world.stands(1).await, "shipped 3");

    let counters = world.deliver([&order[0], &order[1]]).await;
    assert_eq!((counters.applied, counters.duplicates), (0, 2), "what comes late is in the view");
}

#[tokio::test]
async fn a_gap_inside_a_batch_is_filled() {
    let order = life(1, &[created(), confirmed(), unknown(), shipped()]);
    let world = World::with(&order).await;
    let counters = world.deliver([&order[0], &order[3]]).await;
    assert_eq!(world.requests(), ["Query", "UpdateItem", "UpdateItem"]);
    assert_eq!((counters.applied, counters.gaps, counters.skipped), (4, 1, 1));
    assert_eq!(world.stands(1).await, "shipped 4");
}

#[tokio::test]
async fn only_what_is_newer_is_applied_of_a_batch_that_is_partly_there() {
    let order = life(1, &[created(), confirmed(), shipped()]);
    let world = World::with(&order).await;
    world.deliver(&order[..2]).await;
    world.requests();
    let counters = world.deliver(&order).await;
    assert_eq!(world.requests(), ["UpdateItem", "UpdateItem"], "and nothing is read");
    assert_eq!((counters.applied, counters.duplicates, counters.gaps), (1, 2, 0));
    assert_eq!(world.stands(1).await, "shipped 3");
}

#[tokio::test]
async fn a_view_that_is_far_behind_catches_up_page_by_page() {
    let mut events = vec![unknown(); 250];
    events[0] = created();
    let mut order = life(1, &events);
    order.push(commit(&stream(1), 251, vec![confirmed(), shipped()]));
    let world = World::with(&order).await;
    let counters = world.deliver([&order[250]]).await;
    assert_eq!((counters.applied, counters.gaps, counters.skipped), (251, 3, 249));
    assert_eq!(world.stands(1).await, "shipped 252");
}

#[tokio::test]
async fn a_commit_of_unknown_events_moves_the_view_along() {
    let order = life(1, &[created(), unknown()]);
    let world = World::new().await;
    let counters = world.deliver(&order).await;
    assert_eq!((counters.applied, counters.skipped, counters.poison), (2, 1, 0));
    assert_eq!(world.stands(1).await, "pending 2");
    let view = world.view(1).await.unwrap();
    assert_eq!(view.updated_at, order[0].metadata.occurred_at);
}

#[tokio::test]
async fn projections_of_one_order_at_once_end_in_one_view() {
    let order = life(1, &[created(), confirmed(), shipped(), unknown(), unknown()]);
    let world = World::with(&order).await;
    let batches: Vec<_> = order.iter().rev().map(|commit| kinesis::commits([commit])).collect();
    let counters = join_all(batches.iter().map(|batch| world.project(batch))).await;
    assert_eq!(counters.iter().map(|counters| counters.applied).sum::<u64>(), 5, "each commit once");
    assert_eq!(world.stands(1).await, "shipped 5");
}
