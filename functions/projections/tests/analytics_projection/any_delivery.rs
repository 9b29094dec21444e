//! Any order, repetition and batching of the deliveries ends in the counters of a recount.

use std::collections::BTreeMap;

use es_core::{Commit, StoredEvent};
use futures::future::join_all;
use proptest::prelude::*;
use proptest::sample::select;

use crate::orders::{cancelled, confirmed, created, delivered, life, shipped};
use crate::world::World;

const DAYS: (&str, &str) = ("1970-01-01", "1970-01-04");

/// An order: its day, its products, and how many steps of its life it has gone.
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
        life(order, self.day, &events)
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

/// Orders, and batches of the indexes of all their commits, each at least once.
fn deliveries() -> impl Strategy<Value = (Vec<Plan>, Vec<Vec<usize>>)> {
    plans().prop_flat_map(|plans| {
        let commits: usize = (1..).zip(&plans).map(|(order, plan)| plan.commits(order).len()).sum();
        let again = prop::collection::vec(0..commits, 0..8);
        let all = again.prop_map(move |again| (0..commits).chain(again).collect::<Vec<_>>()).prop_shuffle();
        let batches =
            (all, 1..8_usize).prop_map(|(all, size)| all.chunks(size).map(<[_]>::to_vec).collect::<Vec<_>>());
        (Just(plans), batches)
    })
}

/// What the counters must say of `plans`: orders a day, and products.
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
    fn any_delivery_ends_in_the_counters_of_a_recount(
        (plans, batches) in deliveries(),
        at_once in any::<bool>(),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let commits: Vec<_> = (1..).zip(&plans).flat_map(|(order, plan)| plan.commits(order)).collect();
            let world = World::with(&commits).await;
            let deliver = |batch: &Vec<usize>| {
                let batch: Vec<_> = batch.iter().map(|index| &commits[*index]).collect();
                world.deliver(batch)
            };
            if at_once {
                join_all(batches.iter().map(deliver)).await;
            } else {
                for batch in &batches {
                    deliver(batch).await;
                }
            }
            prop_assert_eq!((world.daily(DAYS).await, world.products(DAYS).await), recount(&plans));
            prop_assert!(world.letters.take().is_empty());
            Ok(())
        })?;
    }
}
