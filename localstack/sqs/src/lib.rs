//! Standard SQS queues in this process.
//!
//! Messages are kept in the [`SqliteStore`]. A received message is hidden for its visibility timeout. Afterwards it is
//! visible again with a higher receive count, until a consumer deletes it, or until the queue's redrive policy moves it
//! to the dead-letter queue. Delivery is at least once, in order of arrival.

pub mod api;
mod attributes;
mod batch;
mod error;
mod message;
mod queue;
mod receipt;
mod requests;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Duration;

use message::Visibility;
use queue::Attributes;
use receipt::Receipt;
use rusqlite::params;
use stack_base::clock::{millis, now_ms};
use stack_base::store::{SqliteError, SqliteStore};
use stack_template::{Queue, Redrive};
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until};

pub use attributes::TRACE_HEADER;
pub use error::{SqsError, query_error};
pub use message::{Counts, NewMessage, ReceivedMessage, StoredMessage};

/// The tables of messages and queues.
pub const SCHEMA: &str = message::SCHEMA;

/// Maximum number of messages in one receive.
pub const MAXIMUM_RECEIVED: usize = 10;
/// Maximum time that a message is hidden after its receive: 12 hours (SQS guide, "Visibility timeout").
const MAXIMUM_HIDDEN: Duration = Duration::from_hours(12);
/// Time after a `PurgeQueue` in which SQS refuses the next one (SQS API reference, `PurgeQueue`).
const PURGE_PAUSE: Duration = Duration::from_mins(1);
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
    attributes: RwLock<Attributes>,
    arrivals: watch::Sender<()>,
    purged: Mutex<Option<Instant>>,
}

impl Channel {
    fn attributes(&self) -> Attributes {
        self.attributes.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn settings(&self) -> Queue {
        self.attributes().queue
    }
}

impl Sqs {
    /// Opens the queues. Queue URLs start with `endpoint`.
    ///
    /// # Errors
    /// [`SqliteError`] when the database fails.
    pub fn open(store: SqliteStore, queues: &[Queue], endpoint: &str) -> Result<Self, SqliteError> {
        let channel = |queue: &Queue| {
            let created = "INSERT OR IGNORE INTO queues VALUES (?1, ?2)";
            store.execute(created, params![queue.name, now_ms()])?;
            let created_ms = store.value("SELECT created_ms FROM queues WHERE name = ?1", [&queue.name])?;
            let channel = Channel {
                attributes: RwLock::new(Attributes::new(queue.clone(), created_ms)),
                arrivals: watch::Sender::new(()),
                purged: Mutex::new(None),
            };
            Ok((queue.name.clone(), channel))
        };
        let queues = queues.iter().map(channel).collect::<Result<_, SqliteError>>()?;
        Ok(Self(Arc::new(Inner { store, endpoint: endpoint.to_owned(), queues })))
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
        self.send_message(queue, NewMessage { body, attributes, system: &BTreeMap::new(), delay })
    }

    /// Sends a message and returns its id.
    ///
    /// # Errors
    /// [`SqsError::QueueNotFound`] or [`SqsError::Store`].
    pub fn send_message(&self, queue: &str, message: NewMessage<'_>) -> Result<String, SqsError> {
        let channel = self.channel(queue)?;
        let settings = channel.settings();
        let delay = message.delay.unwrap_or(settings.delay);
        let id = self.0.store.transaction(|transaction| {
            message::forget_expired(transaction, queue, now_ms() - millis(settings.retention))?;
            message::insert(transaction, queue, message, delay)
        })?;
        channel.arrivals.send_replace(());
        Ok(id)
    }

    /// Receives up to `limit` messages (1 to [`MAXIMUM_RECEIVED`]). Waits up to `wait` for the first message. First moves
    /// the messages that were received too often to the dead-letter queue.
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
        let until = Instant::now() + wait.unwrap_or(channel.settings().receive_wait);
        let mut arrivals = channel.arrivals.subscribe();
        loop {
            let settings = channel.settings();
            let visibility = visibility.unwrap_or(settings.visibility_timeout);
            let dead_letters =
                settings.redrive.as_ref().and_then(|redrive| Some((redrive, self.dead_letters(redrive)?)));
            let (moved, received) = self.0.store.transaction(|transaction| {
                message::forget_expired(transaction, queue, now_ms() - millis(settings.retention))?;
                let moved = match dead_letters {
                    Some((redrive, _)) => message::move_dead(transaction, queue, redrive)?,
                    None => 0,
                };
                let limit = limit.clamp(1, MAXIMUM_RECEIVED);
                Ok((moved, message::receive(transaction, queue, limit, visibility)?))
            })?;
            if let Some((_, dead_letters)) = dead_letters.filter(|_| moved > 0) {
                dead_letters.arrivals.send_replace(());
            }
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

    /// The dead-letter queue of a policy; `None` if the stack has no such queue, so that no message is lost.
    fn dead_letters(&self, redrive: &Redrive) -> Option<&Channel> {
        self.0.queues.get(&redrive.dead_letter_queue)
    }

    /// Deletes a received message. As in SQS, deleting it twice or with an older receipt handle is not an error.
    ///
    /// # Errors
    /// [`SqsError::QueueNotFound`], [`SqsError::Receipt`] or [`SqsError::Store`].
    pub fn delete(&self, queue: &str, receipt: &str) -> Result<(), SqsError> {
        self.channel(queue)?;
        Receipt::parse(queue, receipt).ok_or(SqsError::Receipt)?;
        let statement = "DELETE FROM messages WHERE queue = ?1 AND receipt = ?2";
        self.0.store.execute(statement, [queue, receipt])?;
        Ok(())
    }

    /// Hides a received message for `timeout` from now.
    ///
    /// # Errors
    /// [`SqsError::QueueNotFound`]; [`SqsError::Receipt`] when the queue did not issue the receipt handle;
    /// [`SqsError::NotInFlight`] when the message is visible; [`SqsError::Invalid`] when the message is gone or would be
    /// hidden for more than 12 hours since its receive; [`SqsError::Store`].
    pub fn change_visibility(&self, queue: &str, receipt: &str, timeout: Duration) -> Result<(), SqsError> {
        let channel = self.channel(queue)?;
        let issued = Receipt::parse(queue, receipt).ok_or(SqsError::Receipt)?;
        let now = now_ms();
        // SQS counts whole seconds.
        let hidden = Duration::from_millis(now.abs_diff(issued.received_ms)).as_secs();
        if timeout.as_secs() + hidden > MAXIMUM_HIDDEN.as_secs() {
            return Err(SqsError::Invalid(format!(
                "Value {} for parameter VisibilityTimeout is invalid. Reason: Total VisibilityTimeout for the message is \
                 beyond the limit [{} seconds].",
                timeout.as_secs(),
                MAXIMUM_HIDDEN.as_secs()
            )));
        }
        let (store, until_ms) = (&self.0.store, now + millis(timeout));
        match store
            .transaction(|transaction| message::change_visibility(transaction, queue, receipt, until_ms))?
        {
            Visibility::Changed => {
                channel.arrivals.send_replace(());
                Ok(())
            }
            Visibility::Visible => Err(SqsError::NotInFlight),
            Visibility::Gone => Err(SqsError::Invalid(format!(
                "Value {receipt} for parameter ReceiptHandle is invalid. Reason: Message does not exist or is not \
                 available for visibility timeout change."
            ))),
        }
    }

    /// Deletes every message of a queue.
    ///
    /// # Errors
    /// [`SqsError::QueueNotFound`], [`SqsError::Purged`] within a minute after the last time, or [`SqsError::Store`].
    pub fn purge(&self, queue: &str) -> Result<(), SqsError> {
        let channel = self.channel(queue)?;
        let mut purged = channel.purged.lock().unwrap_or_else(PoisonError::into_inner);
        if purged.is_some_and(|purged| purged.elapsed() < PURGE_PAUSE) {
            return Err(SqsError::Purged(queue.to_owned()));
        }
        self.0.store.execute("DELETE FROM messages WHERE queue = ?1", [queue])?;
        *purged = Some(Instant::now());
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

    /// Current settings of a queue.
    ///
    /// # Errors
    /// [`SqsError::QueueNotFound`] for an unknown queue.
    pub fn settings(&self, queue: &str) -> Result<Queue, SqsError> {
        Ok(self.channel(queue)?.settings())
    }

    fn attributes(&self, queue: &str) -> Result<Attributes, SqsError> {
        Ok(self.channel(queue)?.attributes())
    }

    /// Changes attributes of a queue, all or none, until the stack ends.
    fn set_attributes(&self, queue: &str, changes: &BTreeMap<String, String>) -> Result<(), SqsError> {
        let channel = self.channel(queue)?;
        let exists = |name: &str| self.0.queues.contains_key(name);
        let mut attributes = channel.attributes.write().unwrap_or_else(PoisonError::into_inner);
        *attributes = attributes.clone().with(changes, exists, now_ms())?;
        Ok(())
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
        if queue.strip_suffix(".fifo").is_some() {
            let problem =
                format!("FIFO queues are not served by the local stack: {queue}. It serves standard queues.");
            return Err(SqsError::Unsupported(problem));
        }
        self.0.queues.get(queue).ok_or_else(|| SqsError::QueueNotFound(queue.to_owned()))
    }
}

#[cfg(test)]
mod tests;
