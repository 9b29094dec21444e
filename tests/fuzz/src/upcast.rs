//! Events in the shapes of the past, and their way to the present one.

use std::fmt::Debug;

use domain::order::OrderEvent;
use domain::product::ProductEvent;
use es_core::{DecodeError, DomainEvent, StoredEvent, decode};
use serde::Deserialize;
use serde_json::Value;

use crate::stored;

/// Takes `data` for a stored event of any schema.
///
/// - One step of its upcaster does not change what an event reads as, and another read is the same.
/// - There is no step from the present schema or a later one, and a later one is refused by its name.
/// - What has the shape of a past schema reads, with every value that stood there; and is kept in the present one.
pub fn check(data: &[u8]) {
    let Ok(event) = serde_json::from_slice::<StoredEvent>(data) else { return };
    steps::<OrderEvent>(&event);
    steps::<ProductEvent>(&event);
    first_order_created(&event.data);
}

fn steps<E: DomainEvent + Debug + PartialEq>(stored: &StoredEvent) {
    let name = stored.event_type.as_str();
    let read = decode::<E>(stored);
    let step = E::upcast(name, stored.schema, stored.data.clone());
    let Some((_, present)) = E::SCHEMAS.iter().find(|(known, _)| *known == name) else {
        assert!(matches!(read, Err(DecodeError::UnknownType(_))), "{name} is unknown and reads");
        return assert!(step.is_err(), "{name} is unknown and has a step");
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
            assert!(decode::<E>(&next).is_err(), "a step makes readable what is not");
        }
        (Ok(event), Err(error)) => panic!("{event:?} reads, and yet: {error}"),
        (Err(_), Err(_)) => {}
    }
}

/// `OrderCreated` as schema 1 had it. It stands here a second time on purpose: what was stored then does not change when
/// the domain does.
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
    let OrderEvent::OrderCreated(now) = event else { panic!("it reads as {event:?}") };
    assert_eq!(now.currency, "USD");
    assert_eq!((now.user_id, now.total_amount_cents), (first.user_id, first.total_amount_cents));
    assert_eq!(now.items.len(), first.items.len());
    for (now, first) in now.items.into_iter().zip(first.items) {
        assert_eq!((now.product_id, now.name), (first.product_id, None));
        assert_eq!((now.quantity, now.unit_price_cents), (first.quantity, first.unit_price_cents));
    }
}
