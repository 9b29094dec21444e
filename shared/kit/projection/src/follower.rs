//! What follows the event stream: projections, whose views are in the query table, and others.

use es_core::{Commit, DecodeError, Projection, Recorded, StreamId, StreamVersion};

/// Follows streams: it takes each commit once and in order, and turns it into a change that a
/// [`ViewWriter`](es_core::ViewWriter) writes. Every [`Projection`] is a follower.
pub trait Follower {
    /// The follower's name, which is also the name of its function. Its dead letters carry the name.
    const NAME: &'static str;

    /// What to write. The default changes nothing.
    type Change: Default + Send + Sync;
    /// A commit that the follower can read.
    type Read;

    /// Whether the follower takes the commits of `stream`. It ignores all other commits.
    fn follows(stream: &StreamId) -> bool;

    /// Reads `commit`.
    ///
    /// # Errors
    /// The version of the event that cannot be read, and the reason. The follower then holds the stream.
    fn read(commit: &Commit) -> Result<Self::Read, (StreamVersion, DecodeError)>;

    /// Adds a commit to `change`.
    fn add(change: Self::Change, read: Self::Read) -> Self::Change;
}

impl<P: Projection> Follower for P {
    const NAME: &'static str = P::NAME;

    type Change = P::Change;
    type Read = Vec<Recorded<P::Event>>;

    fn follows(stream: &StreamId) -> bool {
        *stream.category() == P::CATEGORY
    }

    fn read(commit: &Commit) -> Result<Self::Read, (StreamVersion, DecodeError)> {
        let read = commit.recorded::<P::Event>();
        read.map(|(version, recorded)| recorded.map_err(|error| (version, error))).collect()
    }

    fn add(change: P::Change, read: Self::Read) -> P::Change {
        read.iter().fold(change, P::project)
    }
}
