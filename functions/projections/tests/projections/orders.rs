//! Tests the order projection: its view, and the requests and units of a batch.

use es_core::{Commit, StoredEvent};
use projection::Counters;
use projections::OrderProjection;
use proptest::prelude::*;
use serde_json::json;
use uuid::{Uuid, uuid};
use views::OrderView;

use crate::commits::{
    self, cancelled, commit, confirmed, delivered, shipped, single_event_commits, stream, unknown,
};
use crate::world::{counters, run, samples};

type World = crate::world::World<OrderProjection>;

const ADA: Uuid = uuid!("6f1c1d5e-1b7a-4f0e-9f5e-3d2b1a0c9e8f");
const TWICE: Uuid = uuid!("0b6d3f0e-8f4e-4c1e-9a46-0d6b5b0f2a11");

/// The opening event of an order of three products.
fn created() -> StoredEvent {
    let item = |product| (product, None, 2, 1_250);
    commits::created(
        "user-0000-0000-0001",
        &["coffee-beans-1kg", "paper-filter-100", "kettle-gooseneck"].map(item),
    )
}

impl World {
    async fn view(&self, order: Uuid) -> Option<OrderView> {
        self.projector.views.get(&stream(order.as_u128())).await.unwrap()
    }

    /// The status and version of an order's view, such as `shipped 3`. Empty if there is no view.
    async fn status(&self, order: Uuid) -> String {
        self.view(order).await.map(|view| format!("{} {}", view.status, view.version)).unwrap_or_default()
    }
}

#[tokio::test]
async fn every_sample_gives_the_expected_view() {
    for (name, batch) in samples::<OrderProjection>() {
        let (expected, ada, twice) = match name.as_str() {
            "single-create" | "millisecond-timestamps" => (counters(1, 1, 1), "pending 1", ""),
            "full-life" => (counters(3, 1, 3), "shipped 3", ""),
            "duplicates-and-reordered" => {
                (Counters { duplicates: 2, ..counters(7, 2, 5) }, "shipped 3", "cancelled 2")
            }
            "poison" => (Counters { poison: 1, ..counters(2, 1, 1) }, "pending 1", ""),
            "unknown-type" => (Counters { poison: 2, ..counters(3, 1, 1) }, "pending 1", ""),
            "not-for-orders" => (Counters { ignored: 2, ..counters(2, 0, 0) }, "", ""),
            _ => panic!("{name} has no expectation"),
        };
        let world = World::new().await;
        assert_eq!(world.project(&batch).await, expected, "{name}");
        assert_eq!((&*world.status(ADA).await, &*world.status(TWICE).await), (ada, twice), "{name}");
    }
}

#[tokio::test]
async fn the_view_shows_the_whole_life_of_an_order() {
    let order = single_event_commits(1, &[created(), confirmed(), shipped()]);
    let world = World::new().await;
    world.deliver(&order).await;
    let view = world.view(Uuid::from_u128(1)).await.unwrap();
    assert_eq!((view.user_id.as_str(), view.items.len()), ("user-0000-0000-0001", 3));
    assert_eq!((view.total_amount_cents, view.currency.as_str()), (7_500, "EUR"));
    assert_eq!(view.confirmed_by.as_deref(), Some("clerk-1"));
    assert_eq!(view.tracking_number.as_deref(), Some("JJD0003"));
    assert_eq!(view.carrier.as_deref(), Some("DHL"));
    assert_eq!(
        (view.created_at, view.updated_at),
        (order[0].metadata.occurred_at, order[2].metadata.occurred_at)
    );
}

#[tokio::test]
async fn a_confirmation_without_a_person_is_projected() {
    let world = World::new().await;
    let old = StoredEvent { data: json!({}), ..confirmed() };
    world.deliver(&single_event_commits(1, &[created(), old])).await;
    assert_eq!(world.status(Uuid::from_u128(1)).await, "confirmed 2");
    assert_eq!(world.view(Uuid::from_u128(1)).await.unwrap().confirmed_by, None);
}

#[tokio::test]
async fn a_cancelled_order_shows_its_reason() {
    let world = World::new().await;
    world.deliver(&single_event_commits(1, &[created(), cancelled()])).await;
    assert_eq!(world.view(Uuid::from_u128(1)).await.unwrap().cancel_reason.as_deref(), Some("ordered twice"));
}

#[tokio::test]
async fn an_event_of_an_unknown_type_becomes_a_dead_letter() {
    let world = World::new().await;
    world.deliver(&single_event_commits(1, &[created(), unknown()])).await;
    assert_eq!(world.status(Uuid::from_u128(1)).await, "pending 1");
    assert!(world.one_letter().contains(r#"unknown event type "OrderGiftWrapped"; deploy a release"#));
}

#[tokio::test]
async fn a_view_that_dynamodb_cannot_store_becomes_a_dead_letter() {
    let world = World::new().await;
    let order = single_event_commits(1, &[commits::created(&"u".repeat(3_000), &[("tea", None, 1, 100)])]);
    let counters = world.deliver(&order).await;
    assert_eq!((counters.applied, counters.poison), (0, 1));
    assert!(world.one_letter().contains("user_key has 3005 bytes"));
}

#[tokio::test]
async fn a_batch_costs_one_write_per_stream_and_no_read() {
    let orders: Vec<_> =
        (1..=5).map(|order| single_event_commits(order, &[created(), confirmed(), shipped()])).collect();
    let world = World::new().await;
    assert_eq!(world.deliver(orders.iter().flatten()).await, counters(15, 5, 15));
    assert_eq!(world.requests(), ["UpdateItem"; 5]);
    for order in 1..=5 {
        assert_eq!(world.status(Uuid::from_u128(order)).await, "shipped 3");
    }
}

#[tokio::test]
async fn disorder_and_repetition_within_a_batch_cost_no_extra_request() {
    let order = single_event_commits(1, &[created(), confirmed(), shipped(), delivered()]);
    let world = World::new().await;
    let counters = world.deliver([2, 0, 0, 3, 1, 1].map(|index| &order[index])).await;
    assert_eq!(world.requests(), ["UpdateItem"]);
    assert_eq!((counters.applied, counters.duplicates, counters.gaps), (4, 2, 0));
    assert_eq!(world.status(Uuid::from_u128(1)).await, "delivered 4");
}

/// The view of an order of three items is smaller than 1 KB. Each write therefore takes one unit in the table, and one
/// unit for each index entry that it adds or removes.
#[tokio::test]
async fn opening_an_order_takes_three_write_units_and_every_step_four() {
    let order = single_event_commits(1, &[created(), confirmed(), cancelled()]);
    let world = World::new().await;
    for (commit, units) in order.iter().zip([3.0, 4.0, 4.0]) {
        world.deliver([commit]).await;
        world.assert_units(units, "one step");
        assert_eq!(world.requests(), ["UpdateItem"]);
    }
}

#[tokio::test]
async fn a_repeated_batch_costs_one_refused_write_per_stream() {
    let order = single_event_commits(1, &[created(), confirmed()]);
    let world = World::new().await;
    world.deliver(&order).await;
    world.requests();
    let counters = world.deliver(&order).await;
    assert_eq!(world.requests(), ["UpdateItem"]);
    assert_eq!((counters.applied, counters.duplicates), (0, 2));
}

/// Generates the commits of one order, and batches with the indexes of some commits, always including the last one. The
/// first commit opens the order; each commit has one to three events.
fn deliveries() -> impl Strategy<Value = (Vec<Commit>, Vec<Vec<usize>>)> {
    let event = prop::sample::select(vec![confirmed(), shipped(), delivered(), cancelled()]);
    let later = prop::collection::vec(prop::collection::vec(event, 1..4), 0..8);
    let commits = later.prop_map(|later| {
        let mut first = 1;
        let next = |events: Vec<StoredEvent>| {
            let next = commit(&stream(1), first, events);
            first = next.last().next().get();
            next
        };
        std::iter::once(vec![created()]).chain(later).map(next).collect::<Vec<_>>()
    });
    commits.prop_flat_map(|commits| {
        let last = commits.len() - 1;
        let some = prop::collection::vec(0..=last, 0..20);
        let some = some.prop_map(move |some| [some, vec![last]].concat()).prop_shuffle();
        let batches =
            (some, 1..8_usize).prop_map(|(some, size)| some.chunks(size).map(<[_]>::to_vec).collect());
        (Just(commits), batches)
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_delivery_gives_the_same_view((commits, batches) in deliveries(), at_once in any::<bool>()) {
        let (found, expected, applied) = run(async {
            let (orderly, world) = (World::new().await, World::with(&commits).await);
            for commit in &commits {
                orderly.deliver([commit]).await;
            }
            let applied = world.deliver_batches(&commits, &batches, at_once).await;
            assert!(world.letters.take().is_empty());
            let order = Uuid::from_u128(1);
            (world.view(order).await, orderly.view(order).await, applied)
        });
        prop_assert!(expected.is_some());
        prop_assert_eq!(found, expected);
        prop_assert_eq!(applied, commits.len() as u64, "each commit is applied once");
    }
}
