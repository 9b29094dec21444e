//! A counter: the smallest aggregate with rules, an upcaster and snapshots.

use std::num::NonZeroU16;

use es_core::{
    Category, Decider, DomainEvent, Execution, Expectation, IdempotencyKey, Metadata, RequestHash,
    SnapshotPolicy, StreamId, Timestamp, UpcastError,
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use uuid::Uuid;

/// The counter takes a snapshot at every fourth commit.
pub(crate) const EVERY: NonZeroU16 = NonZeroU16::MIN.saturating_add(3);

pub(crate) struct Counter;

#[derive(Debug, Clone)]
pub(crate) enum Command {
    /// Adds each number with one event for each number.
    Add(Vec<i64>),
    /// Appends a short event that makes the state this many bytes longer.
    Pad(usize),
    /// Appends an event of this many bytes.
    Write(usize),
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, DomainEvent)]
#[serde(tag = "type", content = "data")]
#[event(upcast = upcast)]
pub(crate) enum Event {
    #[event(schema = 3)]
    Added {
        by: i64,
        #[personal(no)]
        unit: String,
    },
    Padded {
        bytes: usize,
    },
    Written {
        #[personal(no)]
        text: String,
    },
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct State {
    pub(crate) total: i64,
    pub(crate) padding: String,
}

/// The counter does not go below zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("below zero")]
pub(crate) struct BelowZero;

impl Decider for Counter {
    const CATEGORY: Category = Category::new("counter");
    const SNAPSHOT: SnapshotPolicy = SnapshotPolicy { schema: 1, every: EVERY };

    type Command = Command;
    type Event = Event;
    type State = State;
    type Error = BelowZero;

    fn decide(state: &State, command: Command) -> Result<Vec<Event>, BelowZero> {
        match command {
            Command::Add(numbers) if state.total + numbers.iter().sum::<i64>() < 0 => Err(BelowZero),
            Command::Add(numbers) => Ok(numbers.into_iter().map(added).collect()),
            Command::Pad(bytes) => Ok(vec![Event::Padded { bytes }]),
            Command::Write(bytes) => Ok(vec![Event::Written { text: "x".repeat(bytes) }]),
        }
    }

    fn evolve(mut state: State, event: &Event) -> State {
        match event {
            Event::Added { by, .. } => state.total += by,
            Event::Padded { bytes } => state.padding.push_str(&"x".repeat(*bytes)),
            Event::Written { .. } => {}
        }
        state
    }
}

pub(crate) fn added(by: i64) -> Event {
    Event::Added { by, unit: "piece".to_owned() }
}

/// `Added` was `{n}` in schema 1 and `{by}` in schema 2.
#[expect(
    clippy::needless_pass_by_value,
    reason = "the signature of `DomainEvent::upcast` passes the data by value"
)]
fn upcast(event_type: &str, schema: u32, data: Value) -> Result<Value, UpcastError> {
    match (event_type, schema) {
        ("Added", 1) if data["n"].is_i64() => Ok(json!({ "by": data["n"] })),
        ("Added", 2) => Ok(json!({ "by": data["by"], "unit": "piece" })),
        _ => Err(UpcastError::no_step(event_type, schema)),
    }
}

pub(crate) fn stream() -> StreamId {
    StreamId::new(Counter::CATEGORY, Uuid::new_v4())
}

/// A request to add `numbers` under `key`.
pub(crate) fn add(stream: &StreamId, key: &str, numbers: &[i64]) -> Execution<Command> {
    let command = Command::Add(numbers.to_vec());
    request(stream, key, command)
}

/// A request for `command` under `key`. Each request has its own causation id, as each HTTP request does.
pub(crate) fn request(stream: &StreamId, key: &str, command: Command) -> Execution<Command> {
    let body = json!({ "command": format!("{command:?}") });
    let metadata = Metadata {
        occurred_at: Timestamp::MIN,
        actor: "user-1".to_owned(),
        key: IdempotencyKey::try_from(key.to_owned()).unwrap(),
        request_hash: RequestHash::from_request("POST /counters", &body),
        traceparent: None,
        correlation_id: "correlation".to_owned(),
        causation_id: Uuid::new_v4().to_string(),
    };
    Execution { stream: stream.clone(), command, expectation: Expectation::Any, metadata }
}
