//! Counts what the projections of an order's life consume: four commits of an order with three products. The commits
//! arrive one by one, and in batches of a hundred commits of a hundred orders.

use es_core::Commit;
use projection::ViewProjection;
use projections::{AnalyticsProjection, HistoryProjection, OrderProjection, SearchProjection};

use crate::commits::{confirmed, created, delivered, shipped, single_event_commits};
use crate::world::World;

/// How many orders a batch has.
const ORDERS: u128 = 100;

/// The commits of an order's life.
fn life(order: u128) -> Vec<Commit> {
    let products = [
        ("sku-1001", Some("Kettle"), 1, 4_900),
        ("sku-1002", Some("Coffee"), 2, 1_250),
        ("sku-1003", Some("Filter"), 1, 450),
    ];
    let events = [created(&format!("user-{order:04}"), &products), confirmed(), shipped(), delivered()];
    let mut commits = single_event_commits(order, &events);
    for commit in &mut commits {
        commit.metadata.traceparent =
            Some("00-d2fd43904876f32ca71b97eefce8aa2d-fa35f501d1f13c0c-01".to_owned());
    }
    commits
}

/// The consumption of an order's life.
#[derive(Debug, Clone, Copy)]
struct Life {
    write_units: f64,
    read_units: f64,
    /// The requests of each step.
    requests: [usize; 4],
}

/// Delivers the steps of the lives of `orders` orders, each step in one batch. Then delivers every batch again.
async fn lives<P: ViewProjection>(orders: u128) -> (Life, Life) {
    let lives: Vec<_> = (1..=orders).map(life).collect();
    let world = World::<P>::with(&lives.concat()).await;
    let deliver = async || {
        let mut requests = [0; 4];
        let (mut write_units, mut read_units) = (0.0, 0.0);
        for (step, requests) in requests.iter_mut().enumerate() {
            world.deliver(lives.iter().map(|life| &life[step])).await;
            write_units += world.db.recorder().write_units();
            read_units += world.db.recorder().read_units();
            *requests = world.requests().len();
        }
        let orders = f64::from(u32::try_from(orders).unwrap());
        Life { write_units: write_units / orders, read_units: read_units / orders, requests }
    };
    (deliver().await, deliver().await)
}

fn assert_at_most(name: &str, life: Life, write_units: f64, read_units: f64) {
    let Life { write_units: written, read_units: read, .. } = life;
    assert!(written <= write_units + 0.01, "{name}: {written} write units, not {write_units}");
    assert!(read <= read_units + 0.01, "{name}: {read} read units, not {read_units}");
}

#[tokio::test]
async fn the_projections_of_one_order_cost_these_units() {
    let (order, _) = lives::<OrderProjection>(1).await;
    assert_at_most("view", order, 15.0, 0.0);
    let (history, _) = lives::<HistoryProjection>(1).await;
    assert_at_most("history", history, 4.0, 3.5);
    assert_eq!(history.requests, [2; 4], "one read and one write");
    let (search, _) = lives::<SearchProjection>(1).await;
    assert_at_most("search", search, 13.0, 2.0);
    let (analytics, _) = lives::<AnalyticsProjection>(1).await;
    assert_at_most("analytics", analytics, 22.0, 4.0);
}

#[tokio::test]
async fn batches_of_many_orders_share_requests() {
    let (history, again) = lives::<HistoryProjection>(ORDERS).await;
    assert_at_most("history", history, 4.0, 3.5);
    assert_eq!(history.requests, [5, 6, 6, 6], "two reads and four writes for a hundred streams");
    assert_at_most("history again", again, 0.0, 3.5);
    assert_eq!(again.requests, [1, 2, 2, 2], "a repeated batch writes nothing");
    let (search, again) = lives::<SearchProjection>(ORDERS).await;
    assert_at_most("search", search, 13.0, 2.0);
    assert_eq!(search.requests, [130, 101, 109, 101], "the checkpoints move one by one");
    assert_at_most("search again", again, 0.0, 2.0);
    assert_eq!(again.requests, [1; 4], "a repeated batch reads the checkpoints and writes nothing");
}

#[tokio::test]
async fn a_batch_of_a_hundred_commits_of_ten_orders_takes_eleven_requests_for_the_histories() {
    let events = [vec![created("ada", &[])], vec![confirmed(); 9]].concat();
    let orders: Vec<_> = (1..=10).map(|order| single_event_commits(order, &events)).collect();
    let world = World::<HistoryProjection>::with(&orders.concat()).await;
    let by_version = (0..10).flat_map(|version| orders.iter().map(move |order| &order[version]));
    assert_eq!(world.deliver(by_version).await.applied, 100);
    world.assert_units(100.0, "a hundred events");
    let requests = world.requests();
    assert_eq!(requests.len(), 11, "one read, and one write for each version: {requests:?}");
}
