//! Commits of orders.

use domain::order::{OrderCreated, OrderEvent, OrderedItem};
use es_core::{Commit, StoredEvent, encode};
use serde_json::json;
use shop_testing as shop;

pub(crate) use shop_testing::{
    cancelled, commit, confirmed, delivered, from_the_future, order as stream, shipped,
};

/// Commits of one event each, from version 1 on.
pub(crate) fn life(order: u128, events: &[StoredEvent]) -> Vec<Commit> {
    shop::life(&stream(order), events)
}

/// An order of three products.
pub(crate) fn created() -> StoredEvent {
    let item = |product: &str| {
        let product_id = product.to_owned();
        OrderedItem { product_id, name: None, quantity: 2, unit_price_cents: 1_250 }
    };
    let created = OrderCreated {
        user_id: "user-0000-0000-0001".to_owned(),
        items: vec![item("coffee-beans-1kg"), item("paper-filter-100"), item("kettle-gooseneck")],
        total_amount_cents: 7_500,
        currency: "EUR".to_owned(),
    };
    encode(&OrderEvent::OrderCreated(created)).unwrap()
}

/// An event that a later version of the service writes.
pub(crate) fn unknown() -> StoredEvent {
    shop::event("OrderGiftWrapped", 1, json!({ "paper": "blue" }))
}
