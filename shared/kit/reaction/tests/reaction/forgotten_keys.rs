//! An event can be published again after the streams have forgotten its id.

use std::time::Duration;

use es_core::{
    Commit, Decider, EventAppender, IdempotencyKey, KEY_LIFETIME, Metadata, RecentKeys, Snapshot, Timestamp,
    encode,
};
use reaction::Reacted;
use testing::InMemoryEventStore;

use crate::bank::{CountDeposit, Letter, LetterEvent, WelcomeOwner, commits, deposited, opened, react};

/// `time` and twice the lifetime of a key.
fn much_later(time: Timestamp) -> Timestamp {
    let later = 2 * KEY_LIFETIME + Duration::from_hours(2);
    Timestamp::from_micros(time.micros() + i64::try_from(later.as_micros()).unwrap()).unwrap()
}

#[tokio::test]
async fn an_event_opens_its_stream_once_for_ever() {
    let store = InMemoryEventStore::default();
    react::<WelcomeOwner>(&store, &opened()).await.unwrap();
    let [written] = commits(&store).await.try_into().unwrap();
    // A later commit whose snapshot has forgotten the key. The letter's decider would refuse the command.
    let read = Commit {
        first: written.last().next(),
        events: vec![encode(&LetterEvent::Read {}).unwrap()],
        metadata: Metadata {
            occurred_at: much_later(written.metadata.occurred_at),
            key: IdempotencyKey::try_from("read".to_owned()).unwrap(),
            ..written.metadata.clone()
        },
        snapshot: Some(Snapshot {
            schema: Letter::SNAPSHOT.schema,
            state: serde_json::json!(1),
            keys: RecentKeys::default(),
        }),
        ..written
    };
    store.append(&read).await.unwrap();
    let before = commits(&store).await;
    assert_eq!(react::<WelcomeOwner>(&store, &opened()).await.unwrap(), Reacted::Replayed);
    assert_eq!(commits(&store).await, before);
}

#[tokio::test]
async fn a_decider_recognizes_an_event_that_its_stream_has_forgotten() {
    let remembering = InMemoryEventStore::default();
    react::<CountDeposit>(&remembering, &deposited(2, 500)).await.unwrap();
    let store = InMemoryEventStore::default();
    for commit in commits(&remembering).await {
        let key = IdempotencyKey::try_from("another".to_owned()).unwrap();
        let metadata = Metadata { key, ..commit.metadata.clone() };
        store.append(&Commit { metadata, ..commit }).await.unwrap();
    }
    assert_eq!(react::<CountDeposit>(&store, &deposited(2, 500)).await.unwrap(), Reacted::Unchanged);
    assert_eq!(commits(&store).await.len(), 1);
}
