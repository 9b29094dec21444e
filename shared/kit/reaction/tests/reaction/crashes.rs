//! A function can die at any point, and the store can fail. The event is delivered again.

use std::error::Error;

use es_core::{ExecutionError, StoreError};
use reaction::{Reacted, ReactionError};

use crate::bank::{CountDeposit, Refused, WelcomeOwner, commits, deposited, opened, react};
use crate::faulty_store::{Fault, FaultyStore};

#[tokio::test]
async fn a_crash_before_the_write_leaves_the_event_to_the_next_attempt() {
    let store = FaultyStore::new(Fault::BeforeWrite);
    react::<WelcomeOwner>(&store, &opened()).await.unwrap_err();
    assert!(commits(&store).await.is_empty());
    assert_eq!(react::<WelcomeOwner>(&store, &opened()).await.unwrap(), Reacted::Executed);
    assert_eq!(commits(&store).await.len(), 1);
}

#[tokio::test]
async fn a_crash_after_the_write_is_noticed_by_the_next_attempt() {
    let store = FaultyStore::new(Fault::AfterWrite);
    react::<WelcomeOwner>(&store, &opened()).await.unwrap_err();
    assert_eq!(react::<WelcomeOwner>(&store, &opened()).await.unwrap(), Reacted::Replayed);
    assert_eq!(commits(&store).await.len(), 1);

    let store = FaultyStore::new(Fault::AfterWrite);
    react::<CountDeposit>(&store, &deposited(2, 500)).await.unwrap_err();
    assert_eq!(react::<CountDeposit>(&store, &deposited(2, 500)).await.unwrap(), Reacted::Replayed);
    assert_eq!(commits(&store).await.len(), 1);
}

#[tokio::test]
async fn a_throttled_store_fails_the_invocation_with_the_cause() {
    let store = FaultyStore::new(Fault::Throttled);
    let failed = react::<CountDeposit>(&store, &deposited(2, 500)).await.unwrap_err();
    assert!(matches!(failed, ReactionError::Failed { .. }), "{failed}");
    let cause = failed.source().and_then(|cause| cause.downcast_ref::<ExecutionError<Refused>>());
    assert!(matches!(cause, Some(ExecutionError::Store(StoreError::Throttled(_)))), "{cause:?}");
    assert_eq!(react::<CountDeposit>(&store, &deposited(2, 500)).await.unwrap(), Reacted::Executed);
}
