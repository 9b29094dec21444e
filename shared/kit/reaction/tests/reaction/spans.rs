//! The span of an event: its name, attributes, link and status.

use reaction::Reaction;
use serde_json::{Value, json};
use testing::{ExportedSpan, InMemoryEventStore, exported_spans};

use crate::bank::{CountDeposit, WelcomeOwner, commits, deposited, opened, react};

/// The span of handling `payload` with the reaction `R`.
async fn span<R: Reaction>(store: &InMemoryEventStore, payload: &Value) -> ExportedSpan {
    let (_, mut spans) = exported_spans(react::<R>(store, payload)).await;
    spans.retain(|span| span.name.starts_with("reaction."));
    let [span] = spans.try_into().unwrap();
    span
}

#[tokio::test]
async fn the_span_of_an_event_links_to_its_command_and_has_the_changed_stream() {
    let (store, payload) = (InMemoryEventStore::default(), opened());
    let span = span::<WelcomeOwner>(&store, &payload).await;
    assert_eq!((span.name.as_str(), span.is_error), ("reaction.welcome_owner", false));
    assert_eq!(span.parent, "0".repeat(16), "each delivery is a trace of its own");
    assert_eq!(span.links, ["00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"]);
    let common = ["cqrs.side", "cqrs.operation", "cqrs.source", "cqrs.destination"];
    assert_eq!(span.attributes(common), ["reaction", "welcome", "event_bus", "event_store"]);
    let [commit] = commits(&store).await.try_into().unwrap();
    let letter = commit.stream.to_string();
    let of_event = ["cqrs.event_type", "messaging.message.id", "cqrs.aggregate_id", "cqrs.aggregate_version"];
    let id = payload["detail"]["id"].as_str().unwrap();
    assert_eq!(span.attributes(of_event), ["Opened", id, letter.as_str(), "1"]);
}

#[tokio::test]
async fn the_span_of_an_event_that_is_not_handled_is_an_error() {
    let store = InMemoryEventStore::default();
    let refused = span::<CountDeposit>(&store, &deposited(2, -1)).await;
    assert!(refused.is_error, "{refused:?}");
    assert_eq!(refused.attributes(["cqrs.event_type"]), ["Deposited"]);
    assert!(span::<CountDeposit>(&store, &json!({})).await.is_error);
    let ignored = span::<CountDeposit>(&store, &opened()).await;
    assert!(!ignored.is_error && !ignored.attributes.contains_key("cqrs.aggregate_version"), "{ignored:?}");
}
