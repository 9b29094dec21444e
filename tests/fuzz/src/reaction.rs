//! Checks the events that the event bus delivers to a reaction.

use std::num::NonZeroU16;
use std::time::Duration;

use es_core::{EventReader, Segment, Timestamp};
use reaction::{Reacted, ReactionError, handle};
use reactions::NotifyCustomer;
use serde_json::Value;
use testing_in_memory::{InMemoryEventStore, StoppedClock};
use tokio::time::Instant;

use crate::wait;

/// Delivers `data` twice.
///
/// - An event leads to no commit or to one.
/// - The second delivery changes nothing. It has the outcome of the first one, unless the first one made the commit.
pub fn check(data: &[u8]) {
    let Ok(payload) = serde_json::from_slice::<Value>(data) else { return };
    wait::for_end_of(async {
        let store = InMemoryEventStore::default();
        let (first, second) = (deliver(&store, &payload, 1).await, deliver(&store, &payload, 2).await);
        let whole = Segment { index: 0, total: 1 };
        let commits = store.load_all(whole, None, NonZeroU16::MAX).await.unwrap().commits.len();
        match (first, second) {
            (Ok(Reacted::Executed), Ok(Reacted::Replayed)) => assert_eq!(commits, 1),
            (Ok(Reacted::Ignored), Ok(Reacted::Ignored)) => assert_eq!(commits, 0),
            (Err(first), Err(second)) => {
                assert_eq!((first.to_string(), commits), (second.to_string(), 0));
            }
            (first, second) => panic!("{first:?}, and then {second:?}"),
        }
    });
}

async fn deliver(store: &InMemoryEventStore, payload: &Value, second: i64) -> Result<Reacted, ReactionError> {
    let clock = StoppedClock(Timestamp::from_micros(1_000_000 * second).unwrap());
    let end = Instant::now() + Duration::from_mins(1);
    handle::<NotifyCustomer, _>(store, payload.clone(), &clock, end).await
}
