//! Checks events of old schemas and their upcasting to the current schema.

use std::fmt::Debug;

use domain::notification::NotificationEvent;
use domain::order::OrderEvent;
use domain::product::ProductEvent;
use es_core::{DecodeError, DomainEvent, StoredEvent, decode};
use serde::Deserialize;
use serde_json::Value;

use crate::stored;

/// Uses `data` as a stored event of any schema.
///
/// - One step of the upcaster does not change the event that is read.
/// - The current schema and later schemas have no step. An event of a later schema is refused, and the error names its
///   schema.
/// - An event of an old schema can be read with all its values, and is written in the current schema.
pub fn check(data: &[u8]) {
    let Ok(event) = serde_json::from_slice::<StoredEvent>(data) else { return };
    steps::<OrderEvent>(&event);
    steps::<ProductEvent>(&event);
    steps::<NotificationEvent>(&event);
    first_order_created(&event.data);
}

fn steps<E: DomainEvent + Debug + PartialEq>(stored: &StoredEvent) {
    let name = stored.event_type.as_str();
    let read = decode::<E>(stored);
    let step = E::upcast(name, stored.schema, stored.data.clone());
    let Some((_, present)) = E::SCHEMAS.iter().find(|(known, _)| *known == name) else {
        assert!(matches!(read, Err(DecodeError::UnknownType(_))), "the unknown type {name} can be read");
        return assert!(step.is_err(), "the unknown type {name} has a step");
    };
    if stored.schema >= *present {
        let is_refused = matches!(read, Err(DecodeError::FutureSchema { .. }));
        assert_eq!(is_refused, stored.schema > *present, "{name} of schema {}", stored.schema);
        return assert!(step.is_err(), "{name} has a step from {}", stored.schema);
    }
    match (read, step) {
        (Ok(event), Ok(data)) => {
            let next = StoredEvent { schema: stored.schema + 1, data, ..stored.clone() };
            assert_eq!(decode::<E>(&next).unwrap(), event, "a step changes the event");
            stored::round_trip::<E>(stored);
        }
        (Err(_), Ok(data)) => {
            let next = StoredEvent { schema: stored.schema + 1, data, ..stored.clone() };
            assert!(decode::<E>(&next).is_err(), "a step makes an unreadable event readable");
        }
        (Ok(event), Err(error)) => panic!("{event:?} can be read, but a step of its upcaster fails: {error}"),
        (Err(_), Err(_)) => {}
    }
}

/// `OrderCreated` of schema 1. The type is a deliberate copy, because stored events do not change when the domain
/// changes.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct FirstOrderCreated {
    user_id: String,
    items: Vec<FirstOrderedItem>,
    total_amount_cents: i64,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct FirstOrderedItem {
    product_id: String,
    quantity: i64,
    unit_price_cents: i64,
}

fn first_order_created(data: &Value) {
    let Ok(first) = FirstOrderCreated::deserialize(data) else { return };
    let stored = StoredEvent { event_type: "OrderCreated".to_owned(), schema: 1, data: data.clone() };
    let event = decode::<OrderEvent>(&stored).unwrap();
    let OrderEvent::OrderCreated(now) = event else { panic!("the event is read as {event:?}") };
    assert_eq!(now.currency, "USD");
    assert_eq!((now.user_id, now.total_amount_cents), (first.user_id, first.total_amount_cents));
    assert_eq!(now.items.len(), first.items.len());
    for (now, first) in now.items.into_iter().zip(first.items) {
        assert_eq!((now.product_id, now.name), (first.product_id, None));
        assert_eq!((now.quantity, now.unit_price_cents), (first.quantity, first.unit_price_cents));
    }
}
