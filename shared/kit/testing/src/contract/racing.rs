//! The obligations with several concurrent writers to one stream.

use std::sync::Arc;

use es_core::{AppendError, Appended, Commit, EventAppender, EventReader};

use super::{StreamBuilder, all, stream};

const WRITERS: usize = 12;

/// Each of many concurrent writers gets its commit appended completely and once. Each conflict returns the commit that
/// is stored.
pub async fn one_writer_wins_each_version<S: EventReader + EventAppender + 'static>(store: S) {
    let store = Arc::new(store);
    let stream = stream();
    let writers: Vec<_> = (0..WRITERS)
        .map(|number| {
            let past = StreamBuilder::on_stream(stream.clone());
            tokio::spawn(written(Arc::clone(&store), past, 1 + number as u64 % 3))
        })
        .collect();
    let mut written = Vec::new();
    for writer in writers {
        written.push(writer.await.unwrap());
    }
    written.sort_by_key(|commit| commit.first);
    assert_eq!(all(&*store, &stream).await, written);
    assert!(written.windows(2).all(|pair| pair[1].first == pair[0].last().next()));
}

/// Appends a commit at the end of the stream, whatever the stream holds. Each failed attempt means that another writer
/// has appended its commit, so there are fewer failed attempts than writers.
async fn written<S: EventReader + EventAppender>(
    store: Arc<S>,
    mut past: StreamBuilder,
    events: u64,
) -> Commit {
    for _ in 0..WRITERS {
        let commit = past.next(events);
        match store.append(&commit).await {
            Ok(appended) => {
                assert_eq!(appended, Appended::New);
                return commit;
            }
            Err(AppendError::Conflict { winner }) => {
                assert_eq!(winner.first, commit.first);
                past = past.then(winner.events.len() as u64);
            }
            Err(error) => panic!("{error}"),
        }
    }
    panic!("the commit was not appended in {WRITERS} attempts");
}
