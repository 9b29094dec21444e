//! The obligations of every reaction, tested with its sample events in `events/`.

use std::num::NonZeroU16;
use std::time::Duration;

use es_core::{Commit, EventAppender, EventReader, IdempotencyKey, Metadata, Segment, Timestamp};
use reaction::{Reacted, Reaction, ReactionError, handle};
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::{InMemoryEventStore, StoppedClock, kinesis};

/// Asserts that the reaction `R` handles each sample in `events/<name of the reaction>/` exactly once, and that at least
/// one sample leads to a command:
///
/// - The commit names the event as its cause and the reaction as its actor.
/// - A repeated event, and an event that an operator publishes again, find the commit of the first one.
/// - An event whose stream has forgotten the event's id appends nothing.
/// - An event of an unknown type or of a newer schema fails and appends nothing.
pub async fn contract<R: Reaction>() {
    let mut executed = 0;
    for (name, sample) in kinesis::samples::<Value>(R::NAME) {
        let store = InMemoryEventStore::default();
        let first = react::<R>(&store, &sample, 1).await.unwrap();
        let made = commits(&store).await;
        if first == Reacted::Ignored {
            assert!(made.is_empty(), "{name}: an ignored event changes nothing");
            continue;
        }
        assert_eq!((first, made.len()), (Reacted::Executed, 1), "{name}: the event leads to one commit");
        let (metadata, detail) = (&made[0].metadata, &sample["detail"]);
        assert_eq!(metadata.actor, R::NAME, "{name}");
        assert_eq!(detail["id"], metadata.key.as_str(), "{name}: the key is the event's id");
        assert_eq!(detail["id"], metadata.causation_id.as_str(), "{name}");
        assert_eq!(detail["correlationid"], metadata.correlation_id.as_str(), "{name}");

        let mut again = sample.clone();
        again["detail"]["replayed"] = json!(true);
        for (repeated, second) in [&sample, &again].into_iter().zip(2..) {
            assert_eq!(react::<R>(&store, repeated, second).await.unwrap(), Reacted::Replayed, "{name}");
        }
        assert_eq!(commits(&store).await, made, "{name}: a repeated event changes nothing");
        forgets::<R>(&name, &sample, made).await;
        refuses::<R>(&name, &sample).await;
        executed += 1;
    }
    assert!(executed > 0, "no sample of {} leads to a command", R::NAME);
}

/// Handles `sample` after the stream has forgotten the key of the commits `made`. The decider may refuse the command or
/// return no events.
async fn forgets<R: Reaction>(name: &str, sample: &Value, made: Vec<Commit>) {
    let store = InMemoryEventStore::default();
    for commit in &made {
        let key = IdempotencyKey::try_from("forgotten".to_owned()).unwrap();
        let metadata = Metadata { key, ..commit.metadata.clone() };
        store.append(&Commit { metadata, ..commit.clone() }).await.unwrap();
    }
    drop(react::<R>(&store, sample, 2).await);
    let commits = commits(&store).await;
    assert_eq!(
        commits.len(),
        made.len(),
        "{name}: the decider must recognize an event that its stream has forgotten"
    );
}

/// Handles events that `R` cannot know in place of `sample`.
async fn refuses<R: Reaction>(name: &str, sample: &Value) {
    let (mut unknown, mut newer) = (sample.clone(), sample.clone());
    unknown["detail"]["type"] = json!("NobodyKnowsThis");
    newer["detail"]["dataschema"] = json!("urn:newer:4000000000");
    for event in [unknown, newer] {
        let store = InMemoryEventStore::default();
        let error = react::<R>(&store, &event, 1).await.unwrap_err();
        assert!(matches!(error, ReactionError::Undecodable { .. }), "{name}: {error}");
        assert_eq!(store.appends(), 0, "{name}");
    }
}

/// Handles `payload` at the given second since the Unix epoch.
async fn react<R: Reaction>(
    store: &InMemoryEventStore,
    payload: &Value,
    second: i64,
) -> Result<Reacted, ReactionError> {
    let clock = StoppedClock(Timestamp::from_micros(1_000_000 * second).unwrap());
    handle::<R, _>(store, payload.clone(), &clock, Instant::now() + Duration::from_mins(1)).await
}

/// All commits in `store`.
async fn commits(store: &InMemoryEventStore) -> Vec<Commit> {
    let whole = Segment { index: 0, total: 1 };
    store.load_all(whole, None, NonZeroU16::MAX).await.unwrap().commits
}
