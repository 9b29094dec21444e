//! A toy bank. A letter, which is a stream of its own, follows from each opened account. Each deposit is counted in one
//! tally for all accounts.

use std::collections::BTreeSet;
use std::num::NonZeroU16;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use es_core::{
    Category, Commit, Decider, DomainError, DomainEvent, EventAppender, EventReader, IdempotencyKey,
    Metadata, Recorded, Refusal, RequestHash, Segment, SnapshotPolicy, StoredEvent, StreamId, StreamVersion,
    Timestamp, UpcastError,
};
use event_bus::PublishedEvent;
use reaction::{Consequence, Reacted, Reaction, ReactionError, Received, handle};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use testing::StoppedClock;
use tokio::time::Instant;
use uuid::Uuid;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, DomainEvent)]
#[serde(tag = "type", content = "data")]
#[event(upcast = upcast)]
pub(crate) enum AccountEvent {
    Opened {},
    #[event(schema = 2)]
    Deposited {
        cents: i64,
    },
}

/// Schema 1 stored the amount in euros.
#[expect(clippy::needless_pass_by_value, reason = "the derive passes the value")]
fn upcast(event_type: &str, schema: u32, data: Value) -> Result<Value, UpcastError> {
    match (event_type, schema, data["euros"].as_i64()) {
        ("Deposited", 1, Some(euros)) => Ok(json!({ "cents": 100 * euros })),
        _ => Err(UpcastError::no_step(event_type, schema)),
    }
}

/// A letter. Its decider does not recognize a repeated command, so only the commit can.
pub(crate) enum Letter {}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, DomainEvent)]
#[serde(tag = "type", content = "data")]
pub(crate) enum LetterEvent {
    Written {
        #[personal(no)]
        account: Uuid,
    },
    Read {},
}

#[derive(Debug, Clone)]
pub(crate) struct Write(pub(crate) Uuid);

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the bank refuses")]
pub(crate) struct Refused;

impl DomainError for Refused {
    fn refusal(&self) -> Refusal {
        Refusal::Rule { code: "refused" }
    }
}

impl Decider for Letter {
    const CATEGORY: Category = Category::new("letter");
    const SNAPSHOT: SnapshotPolicy = SnapshotPolicy { schema: 1, every: NonZeroU16::MIN };

    type Command = Write;
    type Event = LetterEvent;
    type State = u32;
    type Error = Refused;

    fn decide(written: &u32, Write(account): Write) -> Result<Vec<LetterEvent>, Refused> {
        if *written > 0 { Err(Refused) } else { Ok(vec![LetterEvent::Written { account }]) }
    }

    fn evolve(written: u32, event: &LetterEvent) -> u32 {
        if matches!(event, LetterEvent::Written { .. }) { written + 1 } else { written }
    }
}

/// The sum of all deposits. Its state knows which deposits it includes. Without `REMEMBERS`, which is a planted bug, the
/// decider does not look.
pub(crate) enum AnyTally<const REMEMBERS: bool> {}

pub(crate) type Tally = AnyTally<true>;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, DomainEvent)]
#[serde(tag = "type", content = "data")]
pub(crate) enum TallyEvent {
    Counted {
        #[personal(no)]
        deposit: Uuid,
        cents: i64,
    },
}

#[derive(Debug, Clone)]
pub(crate) struct Count {
    deposit: Uuid,
    cents: i64,
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct TallyState {
    pub(crate) cents: i64,
    pub(crate) deposits: BTreeSet<Uuid>,
}

impl<const REMEMBERS: bool> Decider for AnyTally<REMEMBERS> {
    const CATEGORY: Category = Category::new("tally");
    const SNAPSHOT: SnapshotPolicy = SnapshotPolicy::schema(1);

    type Command = Count;
    type Event = TallyEvent;
    type State = TallyState;
    type Error = Refused;

    fn decide(state: &TallyState, Count { deposit, cents }: Count) -> Result<Vec<TallyEvent>, Refused> {
        match cents {
            _ if REMEMBERS && state.deposits.contains(&deposit) => Ok(vec![]),
            ..0 => Err(Refused),
            _ => Ok(vec![TallyEvent::Counted { deposit, cents }]),
        }
    }

    fn evolve(mut state: TallyState, TallyEvent::Counted { deposit, cents }: &TallyEvent) -> TallyState {
        state.cents += cents;
        state.deposits.insert(*deposit);
        state
    }
}

pub(crate) enum WelcomeOwner {}

impl Reaction for WelcomeOwner {
    const NAME: &str = "welcome-owner";

    type Event = AccountEvent;
    type Target = Letter;

    fn react(event: &Received<AccountEvent>) -> Option<Consequence<Write>> {
        matches!(event.event, AccountEvent::Opened {}).then(|| {
            let letter =
                StreamId::new(Letter::CATEGORY, Uuid::new_v5(&Uuid::NAMESPACE_OID, event.id.as_bytes()));
            Consequence::opens(letter, Write(event.stream.uuid()))
        })
    }
}

pub(crate) enum AnyCount<const REMEMBERS: bool> {}

pub(crate) type CountDeposit = AnyCount<true>;

impl<const REMEMBERS: bool> Reaction for AnyCount<REMEMBERS> {
    const NAME: &str = "count-deposit";

    type Event = AccountEvent;
    type Target = AnyTally<REMEMBERS>;

    fn react(event: &Received<AccountEvent>) -> Option<Consequence<Count>> {
        let AccountEvent::Deposited { cents } = event.event else { return None };
        Some(Consequence::changes(tally(), Count { deposit: event.id, cents }))
    }
}

/// The stream of the tally.
pub(crate) fn tally() -> StreamId {
    StreamId::new(Tally::CATEGORY, Uuid::nil())
}

/// The payload of the event at `version` of an account, as the bus delivers it.
pub(crate) fn delivered(version: u64, event_type: &str, schema: u32, data: Value) -> Value {
    let recorded = Recorded {
        stream: StreamId::new(Category::new("account"), Uuid::from_u128(7)),
        version: StreamVersion::new(version),
        event: StoredEvent { event_type: event_type.to_owned(), schema, data },
        metadata: Metadata {
            occurred_at: Timestamp::from_micros(1_793_000_000_000_000).unwrap(),
            actor: "user-1".to_owned(),
            key: IdempotencyKey::try_from("key-1".to_owned()).unwrap(),
            request_hash: RequestHash::stored("00".repeat(32)),
            traceparent: Some("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01".to_owned()),
            correlation_id: "correlation-1".to_owned(),
            causation_id: "request-1".to_owned(),
        },
    };
    payload(&PublishedEvent::from_recorded(&recorded, "bank", "urn:bank:event:"))
}

/// `event` in the form in which `EventBridge` passes it to a function.
pub(crate) fn payload(event: &PublishedEvent) -> Value {
    json!({
        "version": "0",
        "id": Uuid::from_u128(1),
        "detail-type": event.event_type,
        "source": event.source,
        "account": "123456789012",
        "time": "2026-10-26T07:33:20Z",
        "region": "eu-central-1",
        "resources": [],
        "detail": event,
    })
}

pub(crate) fn opened() -> Value {
    opened_at(1)
}

pub(crate) fn opened_at(version: u64) -> Value {
    delivered(version, "Opened", 1, json!({}))
}

pub(crate) fn deposited(version: u64, cents: i64) -> Value {
    delivered(version, "Deposited", 2, json!({ "cents": cents }))
}

/// The time at which the first reaction works. Each later one works at least a microsecond later.
pub(crate) const BEGIN: i64 = 1_793_000_060_000_000;

/// The next time of the clock. All tests share the clock.
fn now() -> Timestamp {
    static NEXT: AtomicI64 = AtomicI64::new(BEGIN);
    Timestamp::from_micros(NEXT.fetch_add(1, Ordering::SeqCst)).unwrap()
}

/// Handles `payload` with the reaction `R` and enough time.
pub(crate) async fn react<R: Reaction>(
    store: &(impl EventReader + EventAppender),
    payload: &Value,
) -> Result<Reacted, ReactionError> {
    react_until::<R>(store, payload, Instant::now() + Duration::from_mins(1)).await
}

/// Handles `payload` with the reaction `R`, whose last attempt must begin before `end`.
pub(crate) async fn react_until<R: Reaction>(
    store: &(impl EventReader + EventAppender),
    payload: &Value,
    end: Instant,
) -> Result<Reacted, ReactionError> {
    handle::<R, _>(store, payload.clone(), &StoppedClock(now()), end).await
}

/// All commits in `store`.
pub(crate) async fn commits(store: &impl EventReader) -> Vec<Commit> {
    let whole = Segment { index: 0, total: 1 };
    store.load_all(whole, None, NonZeroU16::MAX).await.unwrap().commits
}
