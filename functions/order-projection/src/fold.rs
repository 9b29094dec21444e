//! A run of commits as one change.

use es_core::{Commit, DecodeError, Projection, Recorded, StreamVersion};

/// What the commits of a stream, as far as they follow one another and can be read, change together.
pub(crate) struct Fold<C> {
    /// The change.
    pub(crate) change: C,
    /// The version after it; where nothing could be read, the one before the first commit.
    pub(crate) to: StreamVersion,
    /// How many commits are in it.
    pub(crate) commits: u64,
    /// How many of their events have a type that is unknown here and were skipped.
    pub(crate) skipped: u64,
    /// The event, right behind it, that cannot be read.
    pub(crate) unreadable: Option<(StreamVersion, DecodeError)>,
}

/// Folds `commits`, which are sorted by version, until one does not follow the one before it or cannot be read.
///
/// A commit is taken whole or not at all. One whose event types are all unknown changes nothing, and yet `to` moves
/// past it: newer code than this may write what does not concern this view.
pub(crate) fn fold<'a, P: Projection>(
    commits: impl IntoIterator<Item = &'a Commit>,
    after: StreamVersion,
) -> Fold<P::Change> {
    let mut fold = Fold { change: P::Change::default(), to: after, commits: 0, skipped: 0, unreadable: None };
    for commit in commits {
        if commit.first != fold.to.next() {
            break;
        }
        match known_events::<P>(commit) {
            Ok(events) => {
                fold.skipped += (commit.events.len() - events.len()) as u64;
                fold.change = events.iter().fold(fold.change, P::project);
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

fn known_events<P: Projection>(
    commit: &Commit,
) -> Result<Vec<Recorded<P::Event>>, (StreamVersion, DecodeError)> {
    let known = commit.recorded::<P::Event>().filter_map(|(version, recorded)| match recorded {
        Ok(recorded) => Some(Ok(recorded)),
        Err(DecodeError::UnknownType(_)) => None,
        Err(error) => Some(Err((version, error))),
    });
    known.collect()
}
