//! What redriving needs of a queue and of the stream.

use std::future::Future;

use event_stream::{Record, SequenceNumber};

use crate::redrive::Message;

type Source = Box<dyn std::error::Error + Send + Sync>;

/// A queue that did not do what it was asked.
#[derive(Debug, thiserror::Error)]
#[error("the queue is unavailable")]
pub struct QueueError(#[source] pub Source);

/// A queue of messages, each hidden from others while somebody works on it.
pub trait MessageQueue: Send + Sync {
    /// Takes up to `max` messages, which stay hidden until they are deleted, put back, or forgotten for long enough.
    ///
    /// # Errors
    /// [`QueueError`].
    fn receive(&self, max: usize) -> impl Future<Output = Result<Vec<Message>, QueueError>> + Send;

    /// Deletes `message`.
    ///
    /// # Errors
    /// [`QueueError`]; it may come again then.
    fn delete(&self, message: &Message) -> impl Future<Output = Result<(), QueueError>> + Send;

    /// Puts `message` back as it is.
    ///
    /// # Errors
    /// [`QueueError`]; it comes back by itself then, later.
    fn put_back(&self, message: &Message) -> impl Future<Output = Result<(), QueueError>> + Send;

    /// Puts `body` into the queue in the place of `message`, which is deleted then.
    ///
    /// # Errors
    /// [`QueueError`]; `message` comes back by itself then, and `body` may be there as well.
    fn replace(&self, message: &Message, body: &str) -> impl Future<Output = Result<(), QueueError>> + Send;
}

/// Where records are in a stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The stream.
    pub stream_arn: String,
    /// The shard.
    pub shard: String,
    /// The first record.
    pub first: SequenceNumber,
    /// The last one.
    pub last: SequenceNumber,
}

/// Records that were read back.
#[derive(Debug, Clone, PartialEq)]
pub enum ReadBack {
    /// All of them.
    Whole(Vec<Record>),
    /// The first of them at least is no longer retained.
    Trimmed,
}

/// A stream that could not be read.
#[derive(Debug, thiserror::Error)]
#[error("the stream cannot be read")]
pub struct SourceError(#[source] pub Source);

/// Reads records back from a stream.
pub trait RecordSource: Send + Sync {
    /// The records at `place`.
    ///
    /// # Errors
    /// [`SourceError`] where they are there perhaps and cannot be read.
    fn read(&self, place: &Place) -> impl Future<Output = Result<ReadBack, SourceError>> + Send;
}
