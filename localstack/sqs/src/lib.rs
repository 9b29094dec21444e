//! Standard SQS queues in this process.
//!
//! Messages are kept in the [`SqliteStore`]. A received message is hidden for its visibility timeout. Afterwards it is
//! visible again with a higher receive count, until a consumer deletes it. Delivery is at least once, in order of
//! arrival.

pub mod api;
mod attributes;
mod message;
mod requests;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use rusqlite::params;
use stack_base::clock::{millis, now_ms};
use stack_base::store::SqliteStore;
use stack_template::Queue;
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until};

pub use message::{Counts, ReceivedMessage, SqsError, StoredMessage};

/// The table of messages.
pub const SCHEMA: &str = "
    CREATE TABLE IF NOT EXISTS messages (
        number INTEGER PRIMARY KEY AUTOINCREMENT, queue TEXT NOT NULL, id TEXT NOT NULL, body TEXT NOT NULL,
        attributes TEXT NOT NULL, sent_ms INTEGER NOT NULL, visible_ms INTEGER NOT NULL,
        receives INTEGER NOT NULL, first_received_ms INTEGER, receipt TEXT
    ) STRICT;
    CREATE INDEX IF NOT EXISTS messages_by_queue ON messages (queue, visible_ms, number);
";

/// Maximum number of messages in one receive.
pub const MAXIMUM_RECEIVED: usize = 10;
/// Interval at which a waiting receive checks for messages whose visibility timeout has expired.
const RECHECK: Duration = Duration::from_millis(250);

/// All queues. Clones share them.
#[derive(Debug, Clone)]
pub struct Sqs(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    store: SqliteStore,
    endpoint: String,
    queues: BTreeMap<String, Channel>,
}

#[derive(Debug)]
struct Channel {
    settings: Queue,
    arrivals: watch::Sender<()>,
}

impl Sqs {
    /// Opens the queues. Queue URLs start with `endpoint`.
    #[must_use]
    pub fn open(store: SqliteStore, queues: &[Queue], endpoint: &str) -> Self {
        let channel = |queue: &Queue| {
            let (arrivals, _) = watch::channel(());
            (queue.name.clone(), Channel { settings: queue.clone(), arrivals })
        };
        let queues = queues.iter().map(channel).collect();
        Self(Arc::new(Inner { store, endpoint: endpoint.to_owned(), queues }))
    }

    /// Sends a message and returns its id. `attributes` contains the message attributes as JSON text. `delay` overrides
    /// the queue's delay.
    ///
    /// # Errors
    /// [`SqsError::QueueNotFound`] or [`SqsError::Store`].
    pub fn send(
        &self,
        queue: &str,
        body: &str,
        attributes: &str,
        delay: Option<Duration>,
    ) -> Result<String, SqsError> {
        let channel = self.channel(queue)?;
        let delay = delay.unwrap_or(channel.settings.delay);
        let id = self.0.store.transaction(|transaction| {
            message::forget_expired(transaction, queue, now_ms() - millis(channel.settings.retention))?;
            message::insert(transaction, queue, body, attributes, delay)
        })?;
        channel.arrivals.send_replace(());
        Ok(id)
    }

    /// Receives up to `limit` messages (1 to [`MAXIMUM_RECEIVED`]). Waits up to `wait` for the first message.
    ///
    /// # Errors
    /// [`SqsError::QueueNotFound`] or [`SqsError::Store`].
    pub async fn receive(
        &self,
        queue: &str,
        limit: usize,
        visibility: Option<Duration>,
        wait: Option<Duration>,
    ) -> Result<Vec<ReceivedMessage>, SqsError> {
        let channel = self.channel(queue)?;
        let visibility = visibility.unwrap_or(channel.settings.visibility_timeout);
        let until = Instant::now() + wait.unwrap_or(channel.settings.receive_wait);
        let mut arrivals = channel.arrivals.subscribe();
        loop {
            let oldest = now_ms() - millis(channel.settings.retention);
            let received = self.0.store.transaction(|transaction| {
                message::forget_expired(transaction, queue, oldest)?;
                message::receive(transaction, queue, limit.clamp(1, MAXIMUM_RECEIVED), visibility)
            })?;
            let now = Instant::now();
            if !received.is_empty() || now >= until {
                return Ok(received);
            }
            // No signal is sent when a visibility timeout expires, so the loop rechecks.
            tokio::select! {
                _ = arrivals.changed() => {}
                () = sleep_until(until.min(now + RECHECK)) => {}
            }
        }
    }

    /// The oldest messages of a queue, at most `limit`, whether or not they are hidden. Unlike a receive, this changes
    /// nothing.
    ///
    /// # Errors
    /// [`SqsError::QueueNotFound`] or [`SqsError::Store`].
    pub fn peek(&self, queue: &str, limit: usize) -> Result<Vec<StoredMessage>, SqsError> {
        self.channel(queue)?;
        Ok(self.0.store.transaction(|transaction| message::oldest(transaction, queue, limit))?)
    }

    /// Receives the message with an id and hides it for `visibility`; `None` if it is hidden or gone.
    ///
    /// # Errors
    /// [`SqsError::QueueNotFound`] or [`SqsError::Store`].
    pub fn receive_one(
        &self,
        queue: &str,
        id: &str,
        visibility: Duration,
    ) -> Result<Option<ReceivedMessage>, SqsError> {
        self.channel(queue)?;
        Ok(self
            .0
            .store
            .transaction(|transaction| message::receive_one(transaction, queue, id, visibility))?)
    }

    /// Deletes a received message. As in SQS, deleting it twice is not an error.
    ///
    /// # Errors
    /// [`SqsError::QueueNotFound`] or [`SqsError::Store`].
    pub fn delete(&self, queue: &str, receipt: &str) -> Result<(), SqsError> {
        self.channel(queue)?;
        let statement = "DELETE FROM messages WHERE queue = ?1 AND receipt = ?2";
        self.0.store.execute(statement, [queue, receipt])?;
        Ok(())
    }

    /// Hides a received message for `timeout` from now.
    ///
    /// # Errors
    /// [`SqsError::QueueNotFound`], [`SqsError::Receipt`] when the message is gone, or [`SqsError::Store`].
    pub fn change_visibility(&self, queue: &str, receipt: &str, timeout: Duration) -> Result<(), SqsError> {
        let channel = self.channel(queue)?;
        let statement = "UPDATE messages SET visible_ms = ?3 WHERE queue = ?1 AND receipt = ?2";
        let until = now_ms() + millis(timeout);
        if self.0.store.execute(statement, params![queue, receipt, until])? == 0 {
            return Err(SqsError::Receipt(receipt.to_owned()));
        }
        channel.arrivals.send_replace(());
        Ok(())
    }

    /// Deletes every message of a queue.
    ///
    /// # Errors
    /// [`SqsError::QueueNotFound`] or [`SqsError::Store`].
    pub fn purge(&self, queue: &str) -> Result<(), SqsError> {
        self.channel(queue)?;
        self.0.store.execute("DELETE FROM messages WHERE queue = ?1", [queue])?;
        Ok(())
    }

    /// Counts a queue's messages by state.
    ///
    /// # Errors
    /// [`SqsError::QueueNotFound`] or [`SqsError::Store`].
    pub fn counts(&self, queue: &str) -> Result<Counts, SqsError> {
        self.channel(queue)?;
        Ok(self.0.store.transaction(|transaction| message::counts(transaction, queue))?)
    }

    /// Settings of a queue.
    ///
    /// # Errors
    /// [`SqsError::QueueNotFound`] for an unknown queue.
    pub fn settings(&self, queue: &str) -> Result<&Queue, SqsError> {
        Ok(&self.channel(queue)?.settings)
    }

    /// Names of all queues.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.queues.keys().map(String::as_str)
    }

    /// Base URL of the endpoint that serves the queues.
    #[must_use]
    pub fn endpoint(&self) -> &str {
        &self.0.endpoint
    }

    fn channel(&self, queue: &str) -> Result<&Channel, SqsError> {
        self.0.queues.get(queue).ok_or_else(|| SqsError::QueueNotFound(queue.to_owned()))
    }
}

#[cfg(test)]
mod tests;
