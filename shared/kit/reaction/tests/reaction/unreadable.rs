//! Payloads and events that a reaction cannot read. Nothing is executed, and the error says what to do.

use std::error::Error;

use es_core::DecodeError;
use event_bus::PublishedEvent;
use reaction::{ReactionError, WrongBinary, run};
use serde_json::{Value, json};
use testing::InMemoryEventStore;

use crate::bank::{CountDeposit, WelcomeOwner, delivered, deposited, opened, payload, react};

/// The error of handling `payload`, which must not reach the store.
async fn refused(payload: &Value) -> ReactionError {
    let store = InMemoryEventStore::default();
    let error = react::<CountDeposit>(&store, payload).await.unwrap_err();
    assert_eq!((store.loads(), store.appends()), (0, 0));
    error
}

#[tokio::test]
async fn an_event_of_an_unknown_type_or_a_newer_schema_fails() {
    let unknown = refused(&delivered(2, "Frozen", 1, json!({}))).await;
    let ReactionError::Undecodable { source, .. } = &unknown else { panic!("{unknown}") };
    assert!(matches!(source, DecodeError::UnknownType(name) if name == "Frozen"), "{source}");
    let newer = refused(&delivered(2, "Deposited", 3, json!({ "cents": 1 }))).await;
    let ReactionError::Undecodable { source, .. } = &newer else { panic!("{newer}") };
    assert!(matches!(source, DecodeError::FutureSchema { stored: 3, known: 2, .. }), "{source}");
    let place = "version 2 of account-00000000-0000-0000-0000-000000000007 cannot be read";
    assert!(newer.to_string().starts_with(place), "{newer}");
}

#[tokio::test]
async fn data_of_another_shape_fails_without_being_repeated() {
    let error = refused(&delivered(2, "Deposited", 2, json!({ "cents": "a secret" }))).await;
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(&error.to_string());
        cause = error.source();
    }
    assert!(text.contains("does not have the shape") && !text.contains("secret"), "{text}");
}

#[tokio::test]
async fn a_payload_that_is_not_an_event_of_the_service_fails() {
    let mut without_id = deposited(2, 500);
    without_id["detail"].as_object_mut().unwrap().remove("id");
    for payload in [json!({}), json!("text"), json!({ "detail": { "secret": 1 } }), without_id] {
        let error = refused(&payload).await;
        assert!(matches!(error, ReactionError::Payload(_)), "{payload}: {error}");
        assert!(error.source().is_some_and(|cause| !cause.to_string().contains("secret")), "{error:?}");
    }
}

#[tokio::test]
async fn an_event_without_its_data_fails() {
    let event: PublishedEvent = serde_json::from_value(deposited(2, 500)["detail"].clone()).unwrap();
    let error = refused(&payload(&event.with_reference("/accounts/7/events".to_owned()))).await;
    assert!(matches!(error, ReactionError::NoData { .. }), "{error}");
}

#[tokio::test]
async fn an_event_without_a_traceparent_is_handled() {
    let (store, mut event) = (InMemoryEventStore::default(), opened());
    event["detail"].as_object_mut().unwrap().remove("traceparent");
    react::<WelcomeOwner>(&store, &event).await.unwrap();
    assert_eq!(store.appends(), 1);
}

#[test]
fn a_binary_must_have_the_name_of_its_reaction() {
    let error = run::<CountDeposit>("bank", "welcome-owner").unwrap_err();
    let expected = WrongBinary { binary: "welcome-owner", reaction: "count-deposit" };
    assert_eq!(error.downcast_ref::<WrongBinary>(), Some(&expected));
}
