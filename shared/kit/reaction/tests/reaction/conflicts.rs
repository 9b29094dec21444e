//! Another writer always appends first. The reaction makes further attempts while there is time.

use std::error::Error;
use std::time::Duration;

use es_core::{
    AppendError, Appended, Commit, EventAppender, EventReader, ExecutionError, IdempotencyKey, Metadata,
};
use testing::{InMemoryEventStore, forward_reads};
use tokio::time::Instant;

use crate::bank::{AnyCount, Refused, deposited, react_until};

/// A store in which another writer appends before each append.
#[derive(Default)]
struct ContendedStore {
    store: InMemoryEventStore,
}

impl EventReader for ContendedStore {
    forward_reads!(store: load, commits_after, load_all);
}

impl EventAppender for ContendedStore {
    async fn append(&self, commit: &Commit) -> Result<Appended, AppendError> {
        let key = IdempotencyKey::try_from(format!("other-{}", commit.first)).unwrap();
        let metadata = Metadata { key, ..commit.metadata.clone() };
        let winner = Commit { metadata, snapshot: None, ..commit.clone() };
        self.store.append(&winner).await?;
        Err(AppendError::Conflict { winner: Box::new(winner) })
    }

    async fn pause(&self, longest: Duration) {
        self.store.pause(longest).await;
    }
}

/// The second attempt follows at once. A pause of at most 5 ms precedes the third one.
#[tokio::test(start_paused = true)]
async fn an_attempt_begins_only_if_its_pause_ends_in_time() {
    for (millis, expected) in [(0, 1), (1, 2), (5, 2), (6, 4)] {
        let store = ContendedStore::default();
        let end = Instant::now() + Duration::from_millis(millis);
        let failed = react_until::<AnyCount<false>>(&store, &deposited(2, 500), end).await.unwrap_err();
        let cause = failed.source().and_then(|cause| cause.downcast_ref::<ExecutionError<Refused>>());
        let Some(ExecutionError::Contended { attempts }) = cause else { panic!("{failed:?}") };
        assert_eq!(*attempts, expected, "{millis} ms");
    }
}
