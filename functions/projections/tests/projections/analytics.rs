//! Tests the analytics projection: its counters, the requests and units that an order costs, and its behaviour on
//! failures.

use std::collections::BTreeMap;

use es_core::{Commit, StoredEvent, Timestamp};
use projection::Counters;
use projections::AnalyticsProjection;
use proptest::prelude::*;
use proptest::sample::select;
use testing::dynamodb::Fault;
use testing::kinesis;
use view_store::PageLimit;
use views::{DailyTotal, DayRange, ProductTotal};

use crate::commits::{self, cancelled, confirmed, delivered, shipped};
use crate::world::{batches, counters, run, samples};

type World = crate::world::World<AnalyticsProjection>;

const DAYS: (&str, &str) = ("1970-01-01", "1970-01-07");

/// Commits with one event each, starting at version 1, all accepted on the given day of January 1970.
fn single_event_commits(order: u128, day: i64, events: &[StoredEvent]) -> Vec<Commit> {
    let mut commits = commits::single_event_commits(order, events);
    for commit in &mut commits {
        commit.metadata.occurred_at = Timestamp::from_micros((day - 1) * 86_400_000_000).unwrap();
    }
    commits
}

/// An order of `products`, each with its quantity. Every piece costs one euro.
fn created(products: &[(&str, i64)]) -> StoredEvent {
    let products: Vec<_> =
        products.iter().map(|(product, quantity)| (*product, None, *quantity, 100)).collect();
    commits::created("ada", &products)
}

impl World {
    /// The orders of the days as lines such as `1970-01-02 pending EUR 1 250`.
    async fn daily(&self, (from, to): (&str, &str)) -> Vec<String> {
        let totals = self.projector.views.daily(days(from, to), None).await.unwrap().totals;
        let text = |DailyTotal { day, status, currency, orders, revenue_cents }: DailyTotal| {
            format!("{day} {status} {currency} {orders} {revenue_cents}")
        };
        totals.into_iter().map(text).collect()
    }

    /// The products of the days by revenue, as lines such as `tea 1 250`. All orders have the same currency.
    async fn products(&self, (from, to): (&str, &str)) -> Vec<String> {
        let limit = PageLimit::try_from(100).unwrap();
        let page = self.projector.views.products(days(from, to), limit, None).await.unwrap();
        let text = |ProductTotal { product_id, quantity, revenue_cents }: ProductTotal| {
            format!("{product_id} {quantity} {revenue_cents}")
        };
        page.currencies.into_iter().flat_map(|currency| currency.products).map(text).collect()
    }
}

fn days(from: &str, to: &str) -> DayRange {
    DayRange::new(from.parse().unwrap(), to.parse().unwrap(), 31).unwrap()
}

#[tokio::test]
async fn every_sample_gives_the_expected_view() {
    const OCTOBER: (&str, &str) = ("2026-10-20", "2026-10-31");
    let (pending, shipped) =
        (&["2026-10-26 pending EUR 1 10130"][..], &["2026-10-26 shipped EUR 1 10130"][..]);
    let cancelled = &["2026-10-26 cancelled EUR 1 10130", "2026-10-26 shipped EUR 1 10130"][..];
    for (name, batch) in samples::<AnalyticsProjection>() {
        let (expected, daily) = match name.as_str() {
            "opened" => (counters(1, 1, 1), pending),
            "full-life" => (counters(3, 1, 3), shipped),
            "duplicate-opening" => (Counters { duplicates: 1, ..counters(2, 1, 1) }, pending),
            "cancelled-and-reordered" => (Counters { duplicates: 2, ..counters(7, 2, 5) }, cancelled),
            "poison" => (Counters { poison: 1, ..counters(2, 1, 1) }, pending),
            _ => panic!("{name} has no expectation"),
        };
        let world = World::new().await;
        assert_eq!(world.project(&batch).await, expected, "{name}");
        assert_eq!(world.daily(OCTOBER).await, daily, "{name}");
        let products = ["kettle-gooseneck 1 5900", "coffee-beans-1kg 2 3780", "paper-filter-100 1 450"];
        assert_eq!(world.products(OCTOBER).await, products, "{name}");
    }
}

#[tokio::test]
async fn an_opening_costs_a_transaction_and_a_later_step_a_read_and_a_transaction() {
    let order = single_event_commits(
        1,
        2,
        &[created(&[("tea", 1), ("cup", 2), ("pot", 1)]), confirmed(), cancelled()],
    );
    let world = World::with(&order).await;
    for (commit, units) in order.iter().zip([10.0, 4.0, 10.0]) {
        world.deliver([commit]).await;
        world.assert_units(units, &format!("version {}", commit.first));
        let read = if commit.first.get() == 1 { None } else { Some("BatchGetItem".to_owned()) };
        let expected: Vec<_> = read.into_iter().chain(["TransactWriteItems".to_owned()]).collect();
        assert_eq!(world.requests(), expected);
    }
}

#[tokio::test]
async fn a_batch_with_a_whole_order_costs_one_transaction() {
    let order = single_event_commits(1, 2, &[created(&[("tea", 1)]), confirmed(), shipped()]);
    let world = World::with(&order).await;
    let counters = world.deliver([2, 0, 0, 1].map(|index| &order[index])).await;
    assert_eq!(counters, Counters { duplicates: 1, ..self::counters(4, 1, 3) });
    assert_eq!(world.requests(), ["TransactWriteItems"]);
    assert_eq!(world.daily(DAYS).await, ["1970-01-02 shipped EUR 1 100"]);
}

#[tokio::test]
async fn a_gap_is_filled_before_anything_is_counted() {
    let order = single_event_commits(1, 2, &[created(&[("tea", 1)]), confirmed(), shipped()]);
    let world = World::with(&order).await;
    let counters = world.deliver([&order[2]]).await;
    assert_eq!((counters.applied, counters.gaps), (3, 1));
    assert_eq!(world.requests(), ["BatchGetItem", "Query", "TransactWriteItems"]);
    assert_eq!(world.daily(DAYS).await, ["1970-01-02 shipped EUR 1 100"]);
}

#[tokio::test]
async fn a_batch_repeated_after_a_lost_response_counts_once() {
    let order = single_event_commits(1, 2, &[created(&[("tea", 1)])]);
    let world = World::with(&order).await;
    world.db.faults().script([Fault::LostAnswer]);
    let (response, _) = world.try_project(&kinesis::commits(&order)).await;
    assert_eq!(kinesis::restart(&response), Some(0));
    let counters = world.deliver(&order).await;
    assert_eq!((counters.applied, counters.duplicates), (0, 1));
    assert_eq!(world.daily(DAYS).await, ["1970-01-02 pending EUR 1 100"]);
}

/// The commits of a hundred orders of three products, by step: opened, confirmed, shipped and delivered.
fn steps_of_a_hundred_orders() -> [Vec<Commit>; 4] {
    let life = [created(&[("tea", 1), ("cup", 2), ("pot", 1)]), confirmed(), shipped(), delivered()];
    let orders: Vec<_> = (1..=100).map(|order| single_event_commits(order, 2, &life)).collect();
    [0, 1, 2, 3].map(|step| orders.iter().map(|commits| commits[step].clone()).collect())
}

/// Each of the four shards takes one transaction. An opening counts each product once for each shard.
#[tokio::test]
async fn a_batch_of_a_hundred_orders_costs_two_units_for_each_order_and_a_request_for_each_shard() {
    let steps = steps_of_a_hundred_orders();
    let world = World::with(&steps.concat()).await;
    world.deliver(&steps[0]).await;
    world.assert_units(232.0, "a hundred openings");
    let openings = world.requests();
    assert!((4..=6).contains(&openings.len()), "{openings:?}");
    for step in &steps[1..] {
        world.deliver(step).await;
        world.assert_units(208.0, "a hundred steps");
        let read_units = world.db.recorder().read_units();
        assert!((read_units - 100.0).abs() < 0.1, "{read_units}");
        let expected: Vec<_> = ["BatchGetItem"].into_iter().chain(["TransactWriteItems"; 4]).collect();
        assert_eq!(world.requests(), expected);
    }
    assert_eq!(world.daily(DAYS).await, ["1970-01-02 delivered EUR 100 40000"]);
    assert_eq!(world.products(DAYS).await, ["cup 200 20000", "pot 100 10000", "tea 100 10000"]);
}

#[tokio::test]
async fn a_batch_that_is_delivered_again_counts_once_and_writes_nothing() {
    let steps = steps_of_a_hundred_orders();
    let world = World::with(&steps.concat()).await;
    for step in &steps[..2] {
        world.deliver(step).await;
    }
    world.requests();
    for step in &steps[..2] {
        let again = world.deliver(step).await;
        assert_eq!((again.applied, again.duplicates), (0, 100));
        world.assert_units(0.0, "a batch that is delivered again");
        let requests = world.requests();
        assert_eq!(requests.iter().filter(|request| *request == "BatchGetItem").count(), 1, "{requests:?}");
        assert!(requests.len() <= 7, "{requests:?}");
    }
    assert_eq!(world.daily(DAYS).await, ["1970-01-02 confirmed EUR 100 40000"]);
}

/// A transaction of many orders that is refused for an unknown reason is repeated one order at a time.
#[tokio::test]
async fn the_orders_of_a_refused_transaction_are_counted_one_by_one() {
    let steps = steps_of_a_hundred_orders();
    let world = World::with(&steps.concat()).await;
    world.db.faults().script([Fault::LostAnswer]);
    let counters = world.deliver(&steps[0]).await;
    assert_eq!(counters.applied + counters.duplicates, 100, "{counters:?}");
    assert!((1..100).contains(&counters.duplicates), "one shard was counted: {counters:?}");
    assert_eq!(world.daily(DAYS).await, ["1970-01-02 pending EUR 100 40000"]);
    assert_eq!(world.products(DAYS).await, ["cup 200 20000", "pot 100 10000", "tea 100 10000"]);
}

/// A generated order: its day, its products, and the number of its life-cycle steps.
#[derive(Debug, Clone)]
struct Plan {
    day: i64,
    products: Vec<(&'static str, i64)>,
    steps: usize,
    is_cancelled: bool,
}

impl Plan {
    fn commits(&self, order: u128) -> Vec<Commit> {
        let steps = [created(&self.products), confirmed(), shipped(), delivered()];
        let mut events: Vec<StoredEvent> = steps.into_iter().take(self.steps).collect();
        if self.is_cancelled {
            events.push(cancelled());
        }
        single_event_commits(order, self.day, &events)
    }

    fn status(&self) -> &'static str {
        if self.is_cancelled {
            return "cancelled";
        }
        ["pending", "confirmed", "shipped", "delivered"][self.steps - 1]
    }
}

fn plans() -> impl Strategy<Value = Vec<Plan>> {
    let products = prop::collection::vec((select(&["tea", "cup", "pot"][..]), 1..4_i64), 1..4);
    let plan = (1..4_i64, products, 1..=4_usize, any::<bool>());
    let plan = plan.prop_map(|(day, products, steps, cancel)| Plan {
        day,
        products,
        steps,
        is_cancelled: cancel && steps < 3,
    });
    prop::collection::vec(plan, 1..6)
}

/// Generates orders, and batches with the indexes of their commits. Each commit occurs at least once.
fn deliveries() -> impl Strategy<Value = (Vec<Plan>, Vec<Vec<usize>>)> {
    plans().prop_flat_map(|plans| {
        let commits: usize = (1..).zip(&plans).map(|(order, plan)| plan.commits(order).len()).sum();
        (Just(plans), batches(commits))
    })
}

/// Computes the expected counters of `plans`: orders per day, and products.
fn recount(plans: &[Plan]) -> (Vec<String>, Vec<String>) {
    let mut daily: BTreeMap<(i64, &str), (i64, i64)> = BTreeMap::new();
    let mut products: BTreeMap<&str, i64> = BTreeMap::new();
    for plan in plans {
        let pieces: i64 = plan.products.iter().map(|(_, quantity)| quantity).sum();
        let (orders, revenue) = daily.entry((plan.day, plan.status())).or_default();
        *orders += 1;
        *revenue += 100 * pieces;
        for (product, quantity) in plan.products.iter().filter(|_| !plan.is_cancelled) {
            *products.entry(product).or_default() += quantity;
        }
    }
    let daily = daily.iter().map(|((day, status), (orders, revenue))| {
        format!("1970-01-{day:02} {status} EUR {orders} {revenue}")
    });
    let mut products: Vec<_> = products.into_iter().collect();
    products.sort_by_key(|(product, quantity)| (-quantity, *product));
    let products =
        products.iter().map(|(product, quantity)| format!("{product} {quantity} {}", 100 * quantity));
    (daily.collect(), products.collect())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn any_delivery_gives_the_recounted_totals(
        (plans, batches) in deliveries(),
        at_once in any::<bool>(),
    ) {
        let found = run(async {
            let commits: Vec<_> = (1..).zip(&plans).flat_map(|(order, plan)| plan.commits(order)).collect();
            let world = World::with(&commits).await;
            world.deliver_batches(&commits, &batches, at_once).await;
            assert!(world.letters.take().is_empty());
            (world.daily(DAYS).await, world.products(DAYS).await)
        });
        prop_assert_eq!(found, recount(&plans));
    }
}
