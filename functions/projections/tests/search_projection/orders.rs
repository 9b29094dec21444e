//! Commits of orders.

use domain::order::{OrderCreated, OrderEvent, OrderedItem};
use es_core::{Commit, StoredEvent, encode};
use shop_testing as shop;

pub(crate) use shop_testing::{confirmed, delivered, shipped};

/// Commits of one event each, from version 1 on.
pub(crate) fn life(order: u128, events: &[StoredEvent]) -> Vec<Commit> {
    shop::life(&shop::order(order), events)
}

/// Of ada: one product with a name, one without.
pub(crate) fn created() -> StoredEvent {
    let item = |product: &str, name: Option<&str>| OrderedItem {
        product_id: product.to_owned(),
        name: name.map(ToOwned::to_owned),
        quantity: 2,
        unit_price_cents: 1_250,
    };
    let created = OrderCreated {
        user_id: "ada".to_owned(),
        items: vec![item("sku-1", Some("Coffee")), item("kettle", None)],
        total_amount_cents: 5_000,
        currency: "EUR".to_owned(),
    };
    encode(&OrderEvent::OrderCreated(created)).unwrap()
}

/// A known event in a shape that a later version of the service writes.
pub(crate) fn from_the_future() -> StoredEvent {
    StoredEvent { schema: 99, ..created() }
}
