//! Tests of the notification aggregate: its rules, and the exact storage format.
#![cfg(test)]

use domain::notification::{
    Notification, NotificationCommand, NotificationError, NotificationEvent, NotificationRequested,
    NotificationState, NotificationSubject, RequestNotification,
};
use es_core::{Decider, decode, encode};
use serde_json::{Value, json};
use testing::{assert_stored_states, given};
use uuid::{Uuid, uuid};

const ORDER: Uuid = uuid!("3c593edb-75e3-5d73-9507-a857e1c64de0");

fn request(order_id: Uuid) -> NotificationCommand {
    NotificationCommand::Request(RequestNotification { order_id, about: NotificationSubject::OrderConfirmed })
}

fn requested(order_id: Uuid) -> NotificationEvent {
    let (order_id, about) = (order_id.to_string(), "order-confirmed".to_owned());
    NotificationEvent::NotificationRequested(NotificationRequested { order_id, about })
}

#[test]
fn a_notification_is_requested_once() {
    given::<Notification>([]).when(request(ORDER)).then([requested(ORDER)]);
    given::<Notification>([requested(ORDER)]).when(request(ORDER)).then_nothing();
}

#[test]
fn a_notification_is_about_one_order() {
    let other = Uuid::from_u128(7);
    let refused = NotificationError::AlreadyRequested;
    given::<Notification>([requested(ORDER)]).when(request(other)).then_refused(refused);
}

fn stored() -> Value {
    json!({"type": "NotificationRequested", "data": {
        "order_id": "3c593edb-75e3-5d73-9507-a857e1c64de0", "about": "order-confirmed"}})
}

#[test]
fn the_event_is_stored_under_its_contract_name() {
    let event: NotificationEvent =
        decode(&serde_json::from_value(stored()).expect("a stored event")).expect("a known event");
    assert_eq!(event, requested(ORDER));
    assert_eq!(serde_json::to_value(encode(&event).expect("stored")).expect("JSON"), stored());
}

#[test]
fn a_state_has_the_shape_of_its_schema_number() {
    let state = json!({"status": "requested",
        "order_id": "3c593edb-75e3-5d73-9507-a857e1c64de0", "about": "order-confirmed"});
    assert_stored_states::<Notification>(1, [requested(ORDER)], &[state]);
}

#[test]
fn an_event_that_does_not_fit_the_state_is_ignored() {
    let once = Notification::evolve(NotificationState::Missing, &requested(ORDER));
    assert_eq!(Notification::evolve(once.clone(), &requested(Uuid::from_u128(7))), once);
}
