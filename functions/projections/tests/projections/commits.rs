//! Builds commits of orders.

use domain::order::{OrderCreated, OrderEvent, OrderedItem};
use es_core::{Commit, StoredEvent, encode};
use serde_json::json;
use shop_testing as shop;

pub(crate) use shop_testing::{cancelled, commit, confirmed, delivered, order as stream, shipped};

/// Commits with one event each, starting at version 1.
pub(crate) fn single_event_commits(order: u128, events: &[StoredEvent]) -> Vec<Commit> {
    shop::single_event_commits(&stream(order), events)
}

/// The opening event of an order of `user`. Each product has an id, a name, a quantity and a price in cents.
pub(crate) fn created(user: &str, products: &[(&str, Option<&str>, i64, i64)]) -> StoredEvent {
    let item = |(product, name, quantity, price): &(&str, Option<&str>, i64, i64)| OrderedItem {
        product_id: (*product).to_owned(),
        name: name.map(ToOwned::to_owned),
        quantity: *quantity,
        unit_price_cents: *price,
    };
    let created = OrderCreated {
        user_id: user.to_owned(),
        items: products.iter().map(item).collect(),
        total_amount_cents: products.iter().map(|(_, _, quantity, price)| quantity * price).sum(),
        currency: "EUR".to_owned(),
    };
    encode(&OrderEvent::OrderCreated(created)).unwrap()
}

/// An event type that only a later version of the service knows.
pub(crate) fn unknown() -> StoredEvent {
    shop::event("OrderGiftWrapped", 1, json!({ "paper": "blue" }))
}
