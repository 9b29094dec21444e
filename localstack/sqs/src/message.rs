//! Messages in the store: their states, and the SQL statements that change them.

use std::time::Duration;

use rusqlite::{OptionalExtension, Row, Transaction, params};
use stack_base::clock::{millis, now_ms};
use stack_base::store::SqliteError;
use uuid::Uuid;

/// Why a call on a queue failed.
#[derive(Debug, thiserror::Error)]
pub enum SqsError {
    /// No queue has this name.
    #[error("The specified queue {0} does not exist.")]
    QueueNotFound(String),
    /// The receipt handle belongs to no message in the queue.
    #[error("The receipt handle {0:?} is not valid.")]
    Receipt(String),
    /// The request breaks a rule of the API.
    #[error("{0}")]
    Invalid(String),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] SqliteError),
}

/// A message as its consumer receives it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReceivedMessage {
    /// Message id, a UUID.
    pub id: String,
    /// The message body.
    pub body: String,
    /// Message attributes as JSON text.
    pub attributes: String,
    /// Receipt handle of this receive, used to delete the message.
    pub receipt: String,
    /// Time of sending, in milliseconds since the epoch.
    pub sent_ms: i64,
    /// Time of the first receive, in milliseconds since the epoch.
    pub first_received_ms: i64,
    /// Number of receives, including this one.
    pub receives: i64,
}

/// A message in its queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredMessage {
    /// Message id, a UUID.
    pub id: String,
    /// The message body.
    pub body: String,
    /// Time of sending, in milliseconds since the epoch.
    pub sent_ms: i64,
    /// Number of receives so far.
    pub receives: i64,
    /// True while a consumer works on the message, or until its delay has passed.
    pub is_hidden: bool,
}

/// Number of messages in each state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counts {
    /// Messages that can be received now.
    pub visible: i64,
    /// Messages that were received and are hidden.
    pub in_flight: i64,
    /// Messages whose delay has not passed.
    pub delayed: i64,
}

/// Stores a new message and returns its id, a UUID.
pub(super) fn insert(
    transaction: &Transaction<'_>,
    queue: &str,
    body: &str,
    attributes: &str,
    delay: Duration,
) -> rusqlite::Result<String> {
    let (id, now) = (Uuid::new_v4().to_string(), now_ms());
    transaction.execute(
        "INSERT INTO messages (queue, id, body, attributes, sent_ms, visible_ms, receives) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, 0)",
        params![queue, id, body, attributes, now, now + millis(delay)],
    )?;
    Ok(id)
}

pub(super) fn oldest(
    transaction: &Transaction<'_>,
    queue: &str,
    limit: usize,
) -> rusqlite::Result<Vec<StoredMessage>> {
    let mut query = transaction.prepare_cached(
        "SELECT id, body, sent_ms, receives, visible_ms > ?2 FROM messages WHERE queue = ?1 ORDER BY number LIMIT ?3",
    )?;
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let stored = query.query_map(params![queue, now_ms(), limit], |row| {
        Ok(StoredMessage {
            id: row.get(0)?,
            body: row.get(1)?,
            sent_ms: row.get(2)?,
            receives: row.get(3)?,
            is_hidden: row.get(4)?,
        })
    })?;
    stored.collect()
}

pub(super) fn receive_one(
    transaction: &Transaction<'_>,
    queue: &str,
    id: &str,
    visibility: Duration,
) -> rusqlite::Result<Option<ReceivedMessage>> {
    let now = now_ms();
    let statement = "UPDATE messages SET visible_ms = ?3, receives = receives + 1, receipt = ?4, \
            first_received_ms = COALESCE(first_received_ms, ?2) \
        WHERE queue = ?1 AND id = ?5 AND visible_ms <= ?2 \
        RETURNING id, body, attributes, receipt, sent_ms, first_received_ms, receives";
    let parameters = params![queue, now, now + millis(visibility), Uuid::new_v4().to_string(), id];
    transaction.query_row(statement, parameters, message).optional()
}

pub(super) fn receive(
    transaction: &Transaction<'_>,
    queue: &str,
    limit: usize,
    visibility: Duration,
) -> rusqlite::Result<Vec<ReceivedMessage>> {
    let now = now_ms();
    let mut received = Vec::new();
    for _ in 0..limit {
        let receipt = Uuid::new_v4().to_string();
        let message = transaction
            .query_row(
                "UPDATE messages SET visible_ms = ?3, receives = receives + 1, receipt = ?4, \
                     first_received_ms = COALESCE(first_received_ms, ?2) \
                 WHERE number = (SELECT number FROM messages WHERE queue = ?1 AND visible_ms <= ?2 \
                     AND (receipt IS NULL OR receipt NOT IN (SELECT value FROM json_each(?5))) \
                     ORDER BY number LIMIT 1) \
                 RETURNING id, body, attributes, receipt, sent_ms, first_received_ms, receives",
                params![queue, now, now + millis(visibility), receipt, receipts(&received)],
                message,
            )
            .optional()?;
        match message {
            Some(message) => received.push(message),
            None => break,
        }
    }
    Ok(received)
}

/// Receipt handles taken by this receive, as JSON. They exclude messages from a second take when the visibility timeout
/// is 0.
fn receipts(received: &[ReceivedMessage]) -> String {
    let receipts: Vec<&str> = received.iter().map(|message| message.receipt.as_str()).collect();
    serde_json::to_string(&receipts).unwrap_or_default()
}

fn message(row: &Row<'_>) -> rusqlite::Result<ReceivedMessage> {
    Ok(ReceivedMessage {
        id: row.get(0)?,
        body: row.get(1)?,
        attributes: row.get(2)?,
        receipt: row.get(3)?,
        sent_ms: row.get(4)?,
        first_received_ms: row.get(5)?,
        receives: row.get(6)?,
    })
}

pub(super) fn forget_expired(
    transaction: &Transaction<'_>,
    queue: &str,
    oldest_ms: i64,
) -> rusqlite::Result<()> {
    transaction
        .execute("DELETE FROM messages WHERE queue = ?1 AND sent_ms < ?2", params![queue, oldest_ms])?;
    Ok(())
}

pub(super) fn counts(transaction: &Transaction<'_>, queue: &str) -> rusqlite::Result<Counts> {
    transaction.query_row(
        "SELECT COUNT(*) FILTER (WHERE visible_ms <= ?2), \
             COUNT(*) FILTER (WHERE visible_ms > ?2 AND receives > 0), \
             COUNT(*) FILTER (WHERE visible_ms > ?2 AND receives = 0) \
         FROM messages WHERE queue = ?1",
        params![queue, now_ms()],
        |row| Ok(Counts { visible: row.get(0)?, in_flight: row.get(1)?, delayed: row.get(2)? }),
    )
}
