//! The queues: a message with the earlier attempts at it, the port, and the queue in Amazon SQS.

use std::future::Future;

use aws_sdk_sqs::Client;
use aws_sdk_sqs::types::Message as Received;
use es_core::{ScanCursor, Timestamp};
use projection::{MAX_MESSAGE_BYTES, allowed_in_sqs};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The most characters of a reason that a message carries.
const MAX_REASON: usize = 2_000;

/// How long, in seconds, a message is hidden while it is worked on: longer than any function may run.
const HIDDEN: i32 = 16 * 60;

/// The most messages of one `ReceiveMessage`.
///
/// Source: Amazon SQS API Reference, `ReceiveMessage`.
const MOST_AT_ONCE: usize = 10;

/// How often nothing may come before that is taken for the end: SQS asks a part of its servers at a time.
const EMPTY_ANSWERS: u32 = 2;

/// How long, in seconds, a receive waits for a message; a receive that waits asks all servers.
const WAIT: i32 = 1;

/// A message that was taken from its queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// Its id.
    pub id: String,
    /// What it is deleted or put back by.
    pub receipt: String,
    /// What it says.
    pub body: String,
}

/// What earlier attempts at a message left in it, under `redrive`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Attempts {
    /// How many there were.
    pub number: u32,
    /// Why the last one failed.
    pub reason: String,
    /// When that was.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at: Option<Timestamp>,
    /// How far the event table has been read in its place, where the records are no longer in the stream.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reread: Option<ScanCursor>,
}

/// The member of a message that holds its [`Attempts`].
const REDRIVE: &str = "redrive";

impl Message {
    /// The earlier attempts at it.
    pub(crate) fn attempts(&self) -> Attempts {
        let body: Value = serde_json::from_str(&self.body).unwrap_or_default();
        serde_json::from_value(body[REDRIVE].clone()).unwrap_or_default()
    }

    /// Its body with one more attempt, which ended at `at`; `None` if the body is not a JSON object.
    pub(crate) fn after_attempt(
        &self,
        reason: &str,
        reread: Option<ScanCursor>,
        at: Timestamp,
    ) -> Option<String> {
        let mut body: Value = serde_json::from_str(&self.body).ok()?;
        let attempts = Attempts {
            number: self.attempts().number + 1,
            reason: allowed_in_sqs(&reason.chars().take(MAX_REASON).collect::<String>()),
            at: Some(at),
            reread,
        };
        body.as_object_mut()?.insert(REDRIVE.to_owned(), serde_json::json!(attempts));
        Some(body.to_string())
    }
}

/// A queue that did not do what it was asked.
#[derive(Debug, thiserror::Error)]
#[error("the queue is unavailable")]
pub struct QueueError(#[source] pub Box<dyn std::error::Error + Send + Sync>);

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

/// A queue in Amazon SQS.
#[derive(Debug, Clone)]
pub struct SqsMessages {
    client: Client,
    url: String,
}

impl SqsMessages {
    /// The queue at `url`, reached through `client`, which brings its own timeouts and retries.
    #[must_use]
    pub fn new(client: Client, url: impl Into<String>) -> Self {
        Self { client, url: url.into() }
    }

    async fn some(&self, most: usize) -> Result<Vec<Message>, QueueError> {
        let receive = self
            .client
            .receive_message()
            .queue_url(&self.url)
            .max_number_of_messages(i32::try_from(most.min(MOST_AT_ONCE)).unwrap_or(1))
            .visibility_timeout(HIDDEN)
            .wait_time_seconds(WAIT);
        // Boxed: the SDK's futures are kilobytes of state, nested too deep for the compiler to lay out in place.
        let answer = Box::pin(receive.send()).await.map_err(|error| QueueError(error.into()))?;
        Ok(answer.messages.unwrap_or_default().into_iter().filter_map(message).collect())
    }
}

impl MessageQueue for SqsMessages {
    async fn receive(&self, max: usize) -> Result<Vec<Message>, QueueError> {
        let (mut taken, mut empty) = (Vec::new(), 0);
        while taken.len() < max && empty < EMPTY_ANSWERS {
            let some = self.some(max - taken.len()).await?;
            empty = if some.is_empty() { empty + 1 } else { 0 };
            taken.extend(some);
        }
        Ok(taken)
    }

    async fn delete(&self, message: &Message) -> Result<(), QueueError> {
        let delete = self.client.delete_message().queue_url(&self.url).receipt_handle(&message.receipt);
        Box::pin(delete.send()).await.map_err(|error| QueueError(error.into()))?;
        Ok(())
    }

    async fn put_back(&self, message: &Message) -> Result<(), QueueError> {
        let show = self.client.change_message_visibility().queue_url(&self.url).visibility_timeout(0);
        Box::pin(show.receipt_handle(&message.receipt).send())
            .await
            .map_err(|error| QueueError(error.into()))?;
        Ok(())
    }

    /// Puts `message` back as it is where `body` is larger than the queue takes.
    async fn replace(&self, message: &Message, body: &str) -> Result<(), QueueError> {
        if body.len() > MAX_MESSAGE_BYTES {
            return self.put_back(message).await;
        }
        let send = self.client.send_message().queue_url(&self.url).message_body(body);
        Box::pin(send.send()).await.map_err(|error| QueueError(error.into()))?;
        self.delete(message).await
    }
}

fn message(received: Received) -> Option<Message> {
    let Received { message_id, receipt_handle, body, .. } = received;
    Some(Message { id: message_id?, receipt: receipt_handle?, body: body? })
}
