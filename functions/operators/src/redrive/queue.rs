//! The message queues: a message with its earlier attempts, the port, and the implementation for Amazon SQS.

use std::future::Future;

use aws_sdk_sqs::Client;
use aws_sdk_sqs::types::Message as Received;
use es_core::{ScanCursor, Timestamp};
use projection::{MAX_MESSAGE_BYTES, allowed_in_sqs};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The most characters of a reason that a message stores.
const MAX_REASON: usize = 2_000;

/// The visibility timeout of a received message: 16 minutes, in seconds. A Lambda invocation takes at most 15 minutes,
/// so no other invocation receives the message during the work.
///
/// Source: AWS Lambda Developer Guide, "Lambda quotas".
const HIDDEN: i32 = 16 * 60;

/// The most messages that one `ReceiveMessage` returns.
///
/// Source: Amazon SQS API Reference, `ReceiveMessage`.
const MOST_AT_ONCE: usize = 10;

/// How many empty responses in a row mean that the queue is empty. One is not enough, because a response may be empty
/// although the queue has messages.
const EMPTY_ANSWERS: u32 = 2;

/// How many seconds a receive waits for a message. With a waiting time above 0 (long polling), SQS asks all of its
/// servers, which makes false empty responses rare.
///
/// Source: Amazon SQS Developer Guide, "Amazon SQS short and long polling".
const WAIT: i32 = 1;

/// A received message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueueMessage {
    /// The message id.
    pub id: String,
    /// The receipt handle, which is needed to delete the message or to put it back.
    pub receipt: String,
    /// The message body.
    pub body: String,
}

/// The record of earlier redrive attempts, which a message stores in its member `redrive`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Attempts {
    /// The number of attempts.
    pub number: u32,
    /// Why the last attempt failed.
    pub reason: String,
    /// When the last attempt failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at: Option<Timestamp>,
    /// The position in the event table from which the next attempt continues. It is present if the stream no longer
    /// retains the records.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reread: Option<ScanCursor>,
}

/// The member of a message that holds its [`Attempts`].
const REDRIVE: &str = "redrive";

impl QueueMessage {
    /// The earlier attempts to redrive the message. A message without readable attempts has none.
    pub(crate) fn attempts(&self) -> Attempts {
        let body: Value = serde_json::from_str(&self.body).unwrap_or_default();
        serde_json::from_value(body[REDRIVE].clone()).unwrap_or_default()
    }

    /// The body with one more failed attempt, which ended at `at`. `None` if the body is not a JSON object.
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

/// A queue operation failed.
#[derive(Debug, thiserror::Error)]
#[error("the queue is unavailable")]
pub struct QueueError(#[source] pub Box<dyn std::error::Error + Send + Sync>);

/// A queue of messages. A received message is hidden from other consumers.
pub trait MessageQueue: Send + Sync {
    /// Receives up to `max` messages. They stay hidden until the caller deletes them or puts them back, or until their
    /// visibility timeout ends.
    ///
    /// # Errors
    /// [`QueueError`] if a request fails. Messages that were received before stay hidden until their visibility timeout
    /// ends.
    fn receive(&self, max: usize) -> impl Future<Output = Result<Vec<QueueMessage>, QueueError>> + Send;

    /// Deletes `message`.
    ///
    /// # Errors
    /// [`QueueError`] if the request fails. The message may then be received again.
    fn delete(&self, message: &QueueMessage) -> impl Future<Output = Result<(), QueueError>> + Send;

    /// Puts `message` back unchanged.
    ///
    /// # Errors
    /// [`QueueError`] if the request fails. The message then reappears when its visibility timeout ends.
    fn put_back(&self, message: &QueueMessage) -> impl Future<Output = Result<(), QueueError>> + Send;

    /// Sends `body` as a new message and then deletes `message`.
    ///
    /// # Errors
    /// [`QueueError`] if a request fails. `message` then reappears when its visibility timeout ends, and the queue may
    /// hold both messages.
    fn replace(
        &self,
        message: &QueueMessage,
        body: &str,
    ) -> impl Future<Output = Result<(), QueueError>> + Send;
}

/// A queue in Amazon SQS.
#[derive(Debug, Clone)]
pub struct SqsMessages {
    client: Client,
    url: String,
}

impl SqsMessages {
    /// The queue at `url`. `client` is configured with timeouts and retries.
    #[must_use]
    pub fn new(client: Client, url: impl Into<String>) -> Self {
        Self { client, url: url.into() }
    }

    /// Receives the messages of one response, at most `most`.
    async fn receive_once(&self, most: usize) -> Result<Vec<QueueMessage>, QueueError> {
        let receive = self
            .client
            .receive_message()
            .queue_url(&self.url)
            .max_number_of_messages(i32::try_from(most.min(MOST_AT_ONCE)).unwrap_or(1))
            .visibility_timeout(HIDDEN)
            .wait_time_seconds(WAIT);
        // Boxed, because the SDK's futures hold kilobytes of state and nest too deeply for the compiler to lay them out
        // in place.
        let answer = Box::pin(receive.send()).await.map_err(|error| QueueError(error.into()))?;
        Ok(answer.messages.unwrap_or_default().into_iter().filter_map(message).collect())
    }
}

impl MessageQueue for SqsMessages {
    async fn receive(&self, max: usize) -> Result<Vec<QueueMessage>, QueueError> {
        let (mut taken, mut empty) = (Vec::new(), 0);
        while taken.len() < max && empty < EMPTY_ANSWERS {
            let some = self.receive_once(max - taken.len()).await?;
            empty = if some.is_empty() { empty + 1 } else { 0 };
            taken.extend(some);
        }
        Ok(taken)
    }

    async fn delete(&self, message: &QueueMessage) -> Result<(), QueueError> {
        let delete = self.client.delete_message().queue_url(&self.url).receipt_handle(&message.receipt);
        Box::pin(delete.send()).await.map_err(|error| QueueError(error.into()))?;
        Ok(())
    }

    async fn put_back(&self, message: &QueueMessage) -> Result<(), QueueError> {
        let show = self.client.change_message_visibility().queue_url(&self.url).visibility_timeout(0);
        Box::pin(show.receipt_handle(&message.receipt).send())
            .await
            .map_err(|error| QueueError(error.into()))?;
        Ok(())
    }

    /// Puts `message` back unchanged if `body` is larger than the limit of SQS.
    async fn replace(&self, message: &QueueMessage, body: &str) -> Result<(), QueueError> {
        if body.len() > MAX_MESSAGE_BYTES {
            return self.put_back(message).await;
        }
        let send = self.client.send_message().queue_url(&self.url).message_body(body);
        Box::pin(send.send()).await.map_err(|error| QueueError(error.into()))?;
        self.delete(message).await
    }
}

/// Converts a message of the SDK; `None` if its id, receipt handle or body is missing.
fn message(received: Received) -> Option<QueueMessage> {
    let Received { message_id, receipt_handle, body, .. } = received;
    Some(QueueMessage { id: message_id?, receipt: receipt_handle?, body: body? })
}
