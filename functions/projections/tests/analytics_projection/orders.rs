//! Commits of orders.

use domain::order::{OrderCreated, OrderEvent, OrderedItem};
use es_core::{Commit, StoredEvent, Timestamp, encode};
use shop_testing as shop;

pub(crate) use shop_testing::{cancelled, confirmed, delivered, shipped};

/// Commits of one event each, from version 1 on, all of that day of January 1970.
pub(crate) fn life(order: u128, day: i64, events: &[StoredEvent]) -> Vec<Commit> {
    let mut commits = shop::life(&shop::order(order), events);
    for commit in &mut commits {
        commit.metadata.occurred_at = Timestamp::from_micros((day - 1) * 86_400_000_000).unwrap();
    }
    commits
}

/// An order of these products, each with its quantity, at one euro the piece.
pub(crate) fn created(products: &[(&str, i64)]) -> StoredEvent {
    let item = |(product, quantity): &(&str, i64)| OrderedItem {
        product_id: (*product).to_owned(),
        name: None,
        quantity: *quantity,
        unit_price_cents: 100,
    };
    let created = OrderCreated {
        user_id: "ada".to_owned(),
        items: products.iter().map(item).collect(),
        total_amount_cents: products.iter().map(|(_, quantity)| 100 * quantity).sum(),
        currency: "EUR".to_owned(),
    };
    encode(&OrderEvent::OrderCreated(created)).unwrap()
}
