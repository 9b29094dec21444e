//! Tests which scope each order command requires. The gateway admits a batch by any scope of its commands, so the
//! handlers check the scopes themselves.

use commands::create_order::PriceSource;
use commands::dispatch;
use http_api::GatewayEvent;
use serde_json::json;
use testing::InMemoryEventStore;
use testing::gateway::{Answered, sample, samples, signed_in};

use crate::request;

/// The customer of the samples.
const OWNER: &str = "user-0042";
/// Each command, the name of its sample, and the scope that it requires.
const COMMANDS: [(&str, &str, &str); 5] = [
    ("create-order", "one-item", "orders:write"),
    ("confirm-order", "confirm", "orders:fulfil"),
    ("ship-order", "ship", "orders:fulfil"),
    ("deliver-order", "deliver", "orders:fulfil"),
    ("cancel-order", "with-reason", "orders:write"),
];

async fn send(store: &InMemoryEventStore, function: &str, event: GatewayEvent) -> Answered {
    dispatch(function, store, &PriceSource::Command, &request(event)).await.unwrap().into()
}

#[tokio::test]
async fn each_command_names_the_scope_that_it_requires() {
    for (function, name, required) in COMMANDS {
        for scope in ["orders:read", "orders:write", "orders:fulfil", "orders:read orders:write", "profile"] {
            if scope.split(' ').any(|scope| scope == required) {
                continue;
            }
            let store = InMemoryEventStore::default();
            let answered = send(&store, function, signed_in(sample(function, name), OWNER, scope)).await;
            let title = format!("The request requires the scope {required}");
            assert_eq!(
                (answered.status, &answered.body["title"]),
                (403, &json!(title)),
                "{function}: {scope}"
            );
            assert_eq!((store.loads(), store.appends()), (0, 0), "{function}: {scope}");
        }
    }
}

#[tokio::test]
async fn a_clerk_fulfils_a_strangers_order_but_cannot_cancel_it() {
    let store = InMemoryEventStore::default();
    for (_, order) in samples("create-order") {
        assert_eq!(send(&store, "create-order", order).await.status, 201);
    }
    for (function, name) in
        [("confirm-order", "confirm"), ("ship-order", "ship"), ("deliver-order", "deliver")]
    {
        let answered =
            send(&store, function, signed_in(sample(function, name), "clerk-0001", "orders:fulfil"));
        let answered = answered.await;
        assert_eq!(answered.status, 200, "{function}: {}", answered.body);
    }
    // The scope of customers' commands does not widen the clerk's rights to the orders of customers.
    let both = "orders:fulfil orders:write";
    let cancel = signed_in(sample("cancel-order", "with-reason"), "clerk-0001", both);
    assert_eq!(
        send(&store, "cancel-order", cancel).await.body["type"],
        "urn:cqrs-ecommerce:problem:not-yours"
    );
}
