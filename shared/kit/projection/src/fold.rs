//! A run of commits as one change.

use es_core::{Commit, DecodeError, Projection, Recorded, StoredEvent, StreamVersion};

/// What the commits of a stream, as far as they follow one another and can be read, change together.
pub(crate) struct Fold<C> {
    /// The change.
    pub(crate) change: C,
    /// The version after it; where nothing could be read, the one before the first commit.
    pub(crate) to: StreamVersion,
    /// How many commits are in it.
    pub(crate) commits: u64,
    /// How many of their events have a type that is unknown here.
    pub(crate) skipped: u64,
    /// The event, right behind it, that cannot be read.
    pub(crate) unreadable: Option<(StreamVersion, DecodeError)>,
}

/// Folds `commits`, which are sorted by version, until one does not follow the one before it or cannot be read.
///
/// A commit is taken whole or not at all. One whose event types are all unknown changes nothing (unless the projection
/// keeps what it does not know), and yet `to` moves past it: newer code than this may write what does not concern a
/// view.
pub(crate) fn fold<'a, P: Projection>(
    commits: impl IntoIterator<Item = &'a Commit>,
    after: StreamVersion,
) -> Fold<P::Change> {
    let mut fold = Fold { change: P::Change::default(), to: after, commits: 0, skipped: 0, unreadable: None };
    for commit in commits {
        if commit.first != fold.to.next() {
            break;
        }
        match events::<P>(commit) {
            Ok(events) => {
                for event in &events {
                    fold.change = match event {
                        Event::Known(event) => P::project(fold.change, event),
                        Event::Unknown(event) => P::project_unknown(fold.change, event),
                    };
                }
                let unknown = events.iter().filter(|event| matches!(event, Event::Unknown(_)));
                fold.skipped += unknown.count() as u64;
            }
            Err(unreadable) => {
                fold.unreadable = Some(unreadable);
                break;
            }
        }
        fold.to = commit.last();
        fold.commits += 1;
    }
    fold
}

/// An event of a type that this code knows, or as it is stored.
enum Event<E> {
    Known(Recorded<E>),
    Unknown(Recorded<StoredEvent>),
}

/// The events of `commit`, unless one of them cannot be read.
fn events<P: Projection>(commit: &Commit) -> Result<Vec<Event<P::Event>>, (StreamVersion, DecodeError)> {
    let read =
        commit.recorded::<P::Event>().zip(&commit.events).map(
            |((version, recorded), stored)| match recorded {
                Ok(recorded) => Ok(Event::Known(recorded)),
                Err(DecodeError::UnknownType(_)) => Ok(Event::Unknown(Recorded {
                    stream: commit.stream.clone(),
                    version,
                    metadata: commit.metadata.clone(),
                    event: stored.clone(),
                })),
                Err(error) => Err((version, error)),
            },
        );
    read.collect()
}
