//! An account whose commits and snapshots have the usual sizes.

use std::convert::Infallible;

use es_core::{
    Category, Decider, DomainEvent, Execution, Expectation, IdempotencyKey, Metadata, RequestHash,
    SnapshotPolicy, StreamId, Timestamp,
};
use serde::{Deserialize, Serialize};
use serde_json::json;
use uuid::Uuid;

/// An account that receives money.
pub(crate) enum Account {}

#[derive(Debug, Clone, Serialize, Deserialize, DomainEvent)]
#[serde(tag = "type", content = "data")]
pub(crate) enum AccountEvent {
    Received {
        cents: u64,
        #[personal(no)]
        from: String,
        #[personal(no)]
        reference: String,
    },
}

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Balance {
    cents: u64,
    latest: Vec<AccountEvent>,
}

impl Decider for Account {
    const CATEGORY: Category = Category::new("account");
    const SNAPSHOT: SnapshotPolicy = SnapshotPolicy::schema(1);

    type Command = u64;
    type Event = AccountEvent;
    type State = Balance;
    type Error = Infallible;

    fn decide(_: &Balance, cents: u64) -> Result<Vec<AccountEvent>, Infallible> {
        let (from, reference) = ("DE75512108001245126199".to_owned(), "The rent of the month".to_owned());
        Ok(vec![AccountEvent::Received { cents, from, reference }])
    }

    fn evolve(mut balance: Balance, event: &AccountEvent) -> Balance {
        let AccountEvent::Received { cents, .. } = event;
        balance.cents += cents;
        // The state keeps the three latest receipts, so a snapshot of the state has some hundred bytes.
        balance.latest.insert(0, event.clone());
        balance.latest.truncate(3);
        balance
    }
}

/// A request to receive one cent at the time `at` under `key`, with the metadata of a request over HTTP.
pub(crate) fn receive(stream: &StreamId, key: &str, at: Timestamp) -> Execution<u64> {
    let metadata = Metadata {
        occurred_at: at,
        actor: "auth0|64f2a1c95d1b7e0012ab34cd".to_owned(),
        key: IdempotencyKey::try_from(key.to_owned()).unwrap(),
        request_hash: RequestHash::from_request("POST /accounts", &json!({ "key": key })),
        traceparent: Some("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01".to_owned()),
        correlation_id: Uuid::new_v4().to_string(),
        causation_id: Uuid::new_v4().to_string(),
    };
    Execution { stream: stream.clone(), command: 1, expectation: Expectation::Any, metadata }
}

/// A new account.
pub(crate) fn account() -> StreamId {
    StreamId::new(Account::CATEGORY, Uuid::new_v4())
}
