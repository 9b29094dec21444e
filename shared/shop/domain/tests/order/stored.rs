//! Tests the exact storage format. A change of the format breaks every existing stream.

use domain::order::{Order, OrderEvent, OrderId, OrderState};
use es_core::{Decider, DecodeError, IdempotencyKey, StoredEvent, decode, encode};
use serde_json::{Value, json};
use testing::assert_stored_states;

fn stored(json: Value) -> StoredEvent {
    serde_json::from_value(json).expect("a stored event")
}

#[test]
fn events_are_stored_under_their_contract_names() {
    let created = json!({"type": "OrderCreated", "schema": 2, "data": {"user_id": "u", "total_amount_cents": 10,
        "currency": "EUR", "items": [{"product_id": "p", "quantity": 2, "unit_price_cents": 5}]}});
    let named = json!({"type": "OrderCreated", "schema": 2, "data": {"user_id": "u", "total_amount_cents": 10,
        "currency": "EUR",
        "items": [{"product_id": "p", "name": "Kettle", "quantity": 2, "unit_price_cents": 5}]}});
    let confirmed = json!({"type": "OrderConfirmed", "data": {"confirmed_by": "clerk-1"}});
    let confirmed_by_nobody = json!({"type": "OrderConfirmed", "data": {}});
    let shipped = json!({"type": "OrderShipped", "data": {"tracking_number": "123456", "carrier": "DHL"}});
    let delivered = json!({"type": "OrderDelivered", "data": {}});
    let cancelled = json!({"type": "OrderCancelled", "data": {"reason": "late"}});
    let silent = json!({"type": "OrderCancelled", "data": {}});
    for json in [created, named, confirmed, confirmed_by_nobody, shipped, delivered, cancelled, silent] {
        let event: OrderEvent = decode(&stored(json.clone())).expect("a known event");
        assert_eq!(serde_json::to_value(encode(&event).expect("stored")).expect("JSON"), json);
    }
}

#[test]
fn an_order_of_schema_one_is_in_dollars() {
    let old = json!({"type": "OrderCreated", "data": {"user_id": "u", "items": [], "total_amount_cents": 0}});
    match decode(&stored(old)).expect("upcast") {
        OrderEvent::OrderCreated(created) => assert_eq!(created.currency, "USD"),
        other => panic!("not a creation: {other:?}"),
    }
}

#[test]
fn newer_and_malformed_events_are_errors() {
    let newer = json!({"type": "OrderCreated", "schema": 3, "data": {}});
    let error = decode::<OrderEvent>(&stored(newer)).expect_err("too new");
    assert!(matches!(error, DecodeError::FutureSchema { stored: 3, known: 2, .. }), "{error}");
    let unknown = json!({"type": "OrderGiftWrapped", "data": {}});
    let error = decode::<OrderEvent>(&stored(unknown)).expect_err("unknown");
    assert!(matches!(error, DecodeError::UnknownType(_)), "{error}");
    let misshapen = json!({"type": "OrderShipped", "data": {"carrier": 7}});
    let error = decode::<OrderEvent>(&stored(misshapen)).expect_err("misshapen");
    assert!(matches!(error, DecodeError::Shape { .. }), "{error}");
}

#[test]
fn a_snapshot_contains_the_status() {
    let created =
        json!({"type": "OrderCreated", "data": {"user_id": "u", "items": [], "total_amount_cents": 0}});
    let event: OrderEvent = decode(&stored(created)).expect("an event");
    let state = Order::evolve(OrderState::default(), &event);
    assert_eq!(serde_json::to_value(&state).expect("JSON"), json!({"status": "pending", "user_id": "u"}));
    assert_eq!(serde_json::to_value(OrderState::Missing).expect("JSON"), json!({"status": "missing"}));
}

#[test]
fn the_snapshot_of_a_delivered_order_contains_the_owner() {
    let snapshot = json!({"status": "delivered", "user_id": "u"});
    let state: OrderState = serde_json::from_value(snapshot.clone()).expect("a state");
    assert_eq!((state.name(), state.owner()), ("delivered", Some("u")));
    assert_eq!(serde_json::to_value(&state).expect("JSON"), snapshot);
    assert_eq!(OrderState::Missing.owner(), None);
}

#[test]
fn a_state_has_the_shape_of_its_schema_number() {
    let shipment = json!({"tracking_number": "123456", "carrier": "DHL"});
    let events = [
        json!({"type": "OrderCreated", "data": {"user_id": "u", "items": [], "total_amount_cents": 0}}),
        json!({"type": "OrderConfirmed", "data": {}}),
        json!({"type": "OrderShipped", "data": shipment}),
        json!({"type": "OrderDelivered", "data": {}}),
        json!({"type": "OrderCancelled", "data": {"reason": "late"}}),
    ];
    let events = events.map(|event| decode(&stored(event)).expect("an event"));
    let statuses = ["pending", "confirmed", "shipped", "delivered", "cancelled"];
    assert_stored_states::<Order>(
        1,
        events,
        &statuses.map(|status| json!({"status": status, "user_id": "u"})),
    );
}

#[test]
fn events_that_do_not_fit_the_state_are_ignored() {
    let events = ["OrderConfirmed", "OrderCancelled"].map(|name| json!({"type": name, "data": {}}));
    let state = events.into_iter().fold(OrderState::default(), |state, event| {
        Order::evolve(state, &decode(&stored(event)).expect("an event"))
    });
    assert_eq!(state, OrderState::Missing);
}

#[test]
fn an_order_id_is_derived_from_caller_and_key() {
    let key = |text: &str| IdempotencyKey::try_from(text.to_owned()).expect("a key");
    let derived = OrderId::derived("user-0042", &key("sample-three-items"));
    assert_eq!(derived.to_string(), "88ff29da-5d15-5579-bbe9-31669f7d4774");
    assert_ne!(derived, OrderId::derived("somebody", &key("sample-three-items")));
    assert_eq!(derived.to_string().parse::<OrderId>(), Ok(derived));
    for text in ["6eeb006df34f50738865e2f26b966dba", "88FF29DA-5D15-5579-BBE9-31669F7D4774", ""] {
        assert!(text.parse::<OrderId>().is_err(), "{text}");
    }
}
