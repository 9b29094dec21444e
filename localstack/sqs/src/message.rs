//! Messages in the store: their states, and the SQL statements that change them.

use std::collections::BTreeMap;
use std::time::Duration;

use rusqlite::{OptionalExtension, Row, Transaction, params};
use stack_base::account::queue_arn;
use stack_base::clock::{millis, now_ms};
use stack_template::Redrive;
use uuid::Uuid;

use super::receipt::Receipt;

/// The tables of messages, of the attributes that SQS sets or reads itself, and of the times when queues were created.
pub(super) const SCHEMA: &str = "
    CREATE TABLE IF NOT EXISTS messages (
        number INTEGER PRIMARY KEY AUTOINCREMENT, queue TEXT NOT NULL, id TEXT NOT NULL, body TEXT NOT NULL,
        attributes TEXT NOT NULL, sent_ms INTEGER NOT NULL, visible_ms INTEGER NOT NULL,
        receives INTEGER NOT NULL, first_received_ms INTEGER, receipt TEXT
    ) STRICT;
    CREATE INDEX IF NOT EXISTS messages_by_queue ON messages (queue, visible_ms, number);
    CREATE TABLE IF NOT EXISTS message_system (number INTEGER PRIMARY KEY, attributes TEXT NOT NULL) STRICT;
    CREATE TRIGGER IF NOT EXISTS message_system_deleted AFTER DELETE ON messages BEGIN
        DELETE FROM message_system WHERE number = OLD.number;
    END;
    CREATE TABLE IF NOT EXISTS queues (name TEXT PRIMARY KEY, created_ms INTEGER NOT NULL) STRICT;
";

/// A message to send.
#[derive(Debug, Clone, Copy)]
pub struct NewMessage<'a> {
    /// The message body.
    pub body: &'a str,
    /// Message attributes as JSON text.
    pub attributes: &'a str,
    /// Attributes that SQS sets or reads itself, such as `AWSTraceHeader`.
    pub system: &'a BTreeMap<String, String>,
    /// Time that the message stays hidden; `None` means the queue's delay.
    pub delay: Option<Duration>,
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
    /// Attributes that SQS sets or reads itself: `AWSTraceHeader`, `DeadLetterQueueSourceArn`, `MessageGroupId`.
    pub system: BTreeMap<String, String>,
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
    /// Message attributes as JSON text.
    pub attributes: String,
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
    message: NewMessage<'_>,
    delay: Duration,
) -> rusqlite::Result<String> {
    let (id, now) = (Uuid::new_v4().to_string(), now_ms());
    transaction.execute(
        "INSERT INTO messages (queue, id, body, attributes, sent_ms, visible_ms, receives) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, 0)",
        params![queue, id, message.body, message.attributes, now, now + millis(delay)],
    )?;
    if !message.system.is_empty() {
        let system = serde_json::to_string(message.system).unwrap_or_default();
        let statement = "INSERT INTO message_system VALUES (?1, ?2)";
        transaction.execute(statement, params![transaction.last_insert_rowid(), system])?;
    }
    Ok(id)
}

pub(super) fn oldest(
    transaction: &Transaction<'_>,
    queue: &str,
    limit: usize,
) -> rusqlite::Result<Vec<StoredMessage>> {
    let mut query = transaction.prepare_cached(
        "SELECT id, body, attributes, sent_ms, receives, visible_ms > ?2 FROM messages WHERE queue = ?1 ORDER BY number \
         LIMIT ?3",
    )?;
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let stored = query.query_map(params![queue, now_ms(), limit], |row| {
        Ok(StoredMessage {
            id: row.get(0)?,
            body: row.get(1)?,
            attributes: row.get(2)?,
            sent_ms: row.get(3)?,
            receives: row.get(4)?,
            is_hidden: row.get(5)?,
        })
    })?;
    stored.collect()
}

/// Marks messages as received: ?2 is the time now, ?3 the time until which they are hidden, and ?4 the receipt handle.
const RECEIVE: &str = "UPDATE messages SET visible_ms = ?3, receives = receives + 1, receipt = ?4, \
    first_received_ms = COALESCE(first_received_ms, ?2)";
/// The columns that [`message`] reads.
const RECEIVED: &str = "RETURNING id, body, attributes, receipt, sent_ms, first_received_ms, receives, \
    (SELECT attributes FROM message_system WHERE message_system.number = messages.number)";

/// Receives the message with the id `id` and hides it; `None` if it is hidden or gone.
pub(super) fn receive_one(
    transaction: &Transaction<'_>,
    queue: &str,
    id: &str,
    visibility: Duration,
) -> rusqlite::Result<Option<ReceivedMessage>> {
    let now = now_ms();
    let statement = format!("{RECEIVE} WHERE queue = ?1 AND id = ?5 AND visible_ms <= ?2 {RECEIVED}");
    let parameters = params![queue, now, now + millis(visibility), Receipt::issue(queue, now), id];
    transaction.query_row(&statement, parameters, message).optional()
}

pub(super) fn receive(
    transaction: &Transaction<'_>,
    queue: &str,
    limit: usize,
    visibility: Duration,
) -> rusqlite::Result<Vec<ReceivedMessage>> {
    let now = now_ms();
    let statement = format!(
        "{RECEIVE} WHERE number = (SELECT number FROM messages WHERE queue = ?1 AND visible_ms <= ?2 \
             AND (receipt IS NULL OR receipt NOT IN (SELECT value FROM json_each(?5))) \
             ORDER BY number LIMIT 1) {RECEIVED}"
    );
    let mut received = Vec::new();
    for _ in 0..limit {
        let receipt = Receipt::issue(queue, now);
        let message = transaction
            .query_row(
                &statement,
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
    let system: Option<String> = row.get(7)?;
    Ok(ReceivedMessage {
        id: row.get(0)?,
        body: row.get(1)?,
        attributes: row.get(2)?,
        receipt: row.get(3)?,
        sent_ms: row.get(4)?,
        first_received_ms: row.get(5)?,
        receives: row.get(6)?,
        system: system.and_then(|system| serde_json::from_str(&system).ok()).unwrap_or_default(),
    })
}

/// Moves the messages that would be received too often to the dead-letter queue, and returns their number. A message
/// keeps its id, its time of sending and its number of receives (SQS guide, "Using dead-letter queues").
pub(super) fn move_dead(
    transaction: &Transaction<'_>,
    queue: &str,
    redrive: &Redrive,
) -> rusqlite::Result<usize> {
    let (now, most) = (now_ms(), redrive.maximum_receives);
    let dead = "queue = ?1 AND visible_ms <= ?2 AND receives >= ?3";
    transaction.execute(
        &format!(
            "INSERT OR REPLACE INTO message_system
             SELECT number, json_set(COALESCE(message_system.attributes, '{{}}'), '$.DeadLetterQueueSourceArn', ?4)
             FROM messages LEFT JOIN message_system USING (number) WHERE {dead}"
        ),
        params![queue, now, most, queue_arn(queue)],
    )?;
    let statement = format!("UPDATE messages SET queue = ?4, visible_ms = ?2, receipt = NULL WHERE {dead}");
    transaction.execute(&statement, params![queue, now, most, redrive.dead_letter_queue])
}

/// State of the message that a receipt handle belongs to.
pub(super) enum Visibility {
    /// Changed as asked.
    Changed,
    /// The message can be received again.
    Visible,
    /// The message was deleted or received again.
    Gone,
}

/// Hides the message of a receipt handle until `until_ms`, if it is hidden now.
pub(super) fn change_visibility(
    transaction: &Transaction<'_>,
    queue: &str,
    receipt: &str,
    until_ms: i64,
) -> rusqlite::Result<Visibility> {
    let query = "SELECT visible_ms FROM messages WHERE queue = ?1 AND receipt = ?2";
    let visible_ms: Option<i64> =
        transaction.query_row(query, [queue, receipt], |row| row.get(0)).optional()?;
    match visible_ms {
        None => return Ok(Visibility::Gone),
        Some(visible_ms) if visible_ms <= now_ms() => return Ok(Visibility::Visible),
        Some(_) => {}
    }
    let statement = "UPDATE messages SET visible_ms = ?3 WHERE queue = ?1 AND receipt = ?2";
    transaction.execute(statement, params![queue, receipt, until_ms])?;
    Ok(Visibility::Changed)
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
