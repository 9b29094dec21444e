//! What events say in an order's view.

use crate::orders::{cancelled, confirmed, created, life, shipped, unknown};
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
async fn an_unknown_event_moves_the_view_along_and_says_nothing_in_it() {
    let order = life(1, &[created(), unknown()]);
    let world = World::new().await;
    world.deliver(&order).await;
    assert_eq!(world.stands(1).await, "pending 2");
    assert_eq!(world.view(1).await.unwrap().updated_at, order[0].metadata.occurred_at);
}

#[tokio::test]
async fn a_view_that_dynamodb_would_never_take_is_set_aside() {
    let mut event = created();
    event.data["user_id"] = "u".repeat(3_000).into();
    let order = life(1, &[event, confirmed()]);
    let world = World::new().await;
    let counters = world.deliver(&order).await;
    assert_eq!((counters.applied, counters.poison), (0, 2));
    assert!(world.letters.take()[0]["error"].as_str().unwrap().contains("user_key has 3005 bytes"));
}
