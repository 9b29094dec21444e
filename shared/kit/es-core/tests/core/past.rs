//! The past without a decision: where a stream stands, and what an earlier request had got.

use es_core::{ExecutionError, StreamVersion, earlier_outcome, execute, history_of};
use testing::InMemoryEventStore;

use crate::counter::{Counter, add, stream};

#[tokio::test]
async fn a_history_is_one_load_and_empty_where_there_is_no_stream() {
    let (store, stream) = (InMemoryEventStore::default(), stream());
    let nothing = history_of::<Counter, _>(&store, &stream).await.unwrap();
    assert_eq!((nothing.version(), nothing.state().total), (StreamVersion::NONE, 0));
    execute::<Counter, _>(&store, add(&stream, "1", &[3, 4])).await.unwrap();
    let loads = store.loads();
    let history = history_of::<Counter, _>(&store, &stream).await.unwrap();
    assert_eq!((history.version().get(), history.state().total), (2, 7));
    assert_eq!(store.loads(), loads + 1);
}

#[tokio::test]
async fn an_earlier_outcome_is_that_of_its_request_whatever_came_after() {
    let (store, stream) = (InMemoryEventStore::default(), stream());
    let request = add(&stream, "first", &[3]);
    assert_eq!(earlier_outcome::<Counter, _>(&store, &stream, &request.metadata).await.unwrap(), None);
    let first = execute::<Counter, _>(&store, request.clone()).await.unwrap();
    for key in ["2", "3", "4", "5", "6"] {
        execute::<Counter, _>(&store, add(&stream, key, &[10])).await.unwrap();
    }
    let appends = store.appends();
    let again = earlier_outcome::<Counter, _>(&store, &stream, &request.metadata).await.unwrap().unwrap();
    assert_eq!((again.state, again.version), (first.state, first.version));
    assert!(again.replayed && again.changed);
    assert_eq!(store.appends(), appends);
    let other = add(&stream, "first", &[4]).metadata;
    let error = earlier_outcome::<Counter, _>(&store, &stream, &other).await.unwrap_err();
    assert!(matches!(error, ExecutionError::KeyReused), "{error}");
}

#[tokio::test]
async fn an_outcome_tells_whether_anything_changed() {
    let (store, stream) = (InMemoryEventStore::default(), stream());
    let changed = execute::<Counter, _>(&store, add(&stream, "1", &[1])).await.unwrap();
    let unchanged = execute::<Counter, _>(&store, add(&stream, "2", &[])).await.unwrap();
    let repeated = execute::<Counter, _>(&store, add(&stream, "1", &[1])).await.unwrap();
    assert_eq!((changed.changed, unchanged.changed, repeated.changed), (true, false, true));
    assert_eq!((unchanged.version, unchanged.replayed), (changed.version, false));
}
