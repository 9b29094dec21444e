//! Tests the exact storage format. A change of the format breaks every existing stream.

use domain::product::{Product, ProductEvent, ProductId, ProductState};
use es_core::{Decider, DecodeError, StoredEvent, decode, encode};
use serde_json::{Value, json};
use testing::assert_stored_states;

fn stored(json: Value) -> StoredEvent {
    serde_json::from_value(json).expect("a stored event")
}

fn state_after(events: &[Value]) -> ProductState {
    events.iter().fold(ProductState::default(), |state, event| {
        Product::evolve(state, &decode(&stored(event.clone())).expect("an event"))
    })
}

fn registered() -> Value {
    json!({"type": "ProductRegistered", "data": {"product_id": "kettle", "name": "Kettle",
        "unit_price_cents": 5990, "currency": "EUR"}})
}

#[test]
fn events_are_stored_under_their_contract_names() {
    let renamed = json!({"type": "ProductRenamed", "data": {"name": "Jug"}});
    let price = json!({"type": "ProductPriceChanged", "data": {"unit_price_cents": 4990, "currency": "CHF"}});
    let discontinued = json!({"type": "ProductDiscontinued", "data": {}});
    for json in [registered(), renamed, price, discontinued] {
        let event: ProductEvent = decode(&stored(json.clone())).expect("a known event");
        assert_eq!(serde_json::to_value(encode(&event).expect("stored")).expect("JSON"), json);
    }
}

#[test]
fn newer_and_malformed_events_are_errors() {
    let newer = json!({"type": "ProductRegistered", "schema": 2, "data": {}});
    let error = decode::<ProductEvent>(&stored(newer)).expect_err("too new");
    assert!(matches!(error, DecodeError::FutureSchema { stored: 2, known: 1, .. }), "{error}");
}

#[test]
fn a_snapshot_contains_the_status() {
    let active = state_after(&[registered()]);
    let expected = json!({"status": "active", "name": "Kettle", "unit_price_cents": 5990, "currency": "EUR"});
    assert_eq!(serde_json::to_value(&active).expect("JSON"), expected);
    let gone = state_after(&[registered(), json!({"type": "ProductDiscontinued", "data": {}})]);
    assert_eq!(serde_json::to_value(&gone).expect("JSON"), json!({"status": "discontinued"}));
    for state in [active, gone, ProductState::Missing] {
        let json = serde_json::to_value(&state).expect("JSON");
        assert_eq!(json["status"], state.name());
        assert_eq!(serde_json::from_value::<ProductState>(json).expect("a state"), state);
    }
}

#[test]
fn a_state_has_the_shape_of_its_schema_number() {
    let events = [registered(), json!({"type": "ProductDiscontinued", "data": {}})];
    let states = [
        json!({"status": "active", "name": "Kettle", "unit_price_cents": 5990, "currency": "EUR"}),
        json!({"status": "discontinued"}),
    ];
    let events = events.map(|event| decode(&stored(event)).expect("an event"));
    assert_stored_states::<Product>(2, events, &states);
}

#[test]
fn events_that_do_not_fit_the_state_are_ignored() {
    let renamed = json!({"type": "ProductRenamed", "data": {"name": "Jug"}});
    assert_eq!(state_after(&[renamed]), ProductState::Missing);
    assert_eq!(state_after(&[registered(), registered()]), state_after(&[registered()]));
}

#[test]
fn a_stream_is_derived_from_the_product_id() {
    let stream = |text: &str| text.parse::<ProductId>().expect("an id").stream().to_string();
    assert_eq!(stream("kettle"), "product-04f1d75b-3e2e-5e6d-abd8-7f8139a00847");
    assert_ne!(stream("kettle"), stream("Kettle"));
    assert_ne!(stream("急須"), stream("煎茶-100g"));
}
