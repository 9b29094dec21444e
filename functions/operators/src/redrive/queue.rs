//! The message queues: a message with its earlier attempts, the port, and the implementation for Amazon SQS.

use std::future::Future;

use aws_sdk_sqs::Client;
use aws_sdk_sqs::types::Message as Received;
use es_core::Timestamp;
use projection::MAX_MESSAGE_BYTES;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::redrive::RereadProgress;

/// The most characters of a reason that a message stores.
const MAX_REASON: usize = 2_000;

/// The reason in a message that has no space for the real one.
const OMITTED: &str = "omitted, because the message would be too large; the log has the reason";

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
    /// How far the event table is read, if the stream no longer retains the records. The next attempt continues there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reread: Option<RereadProgress>,
}

/// The member of a message that holds its [`Attempts`].
const REDRIVE: &str = "redrive";

impl QueueMessage {
    /// The earlier attempts to redrive the message. A message without readable attempts has none.
    pub(crate) fn attempts(&self) -> Attempts {
        let body: Value = serde_json::from_str(&self.body).unwrap_or_default();
        serde_json::from_value(body[REDRIVE].clone()).unwrap_or_default()
    }

    /// The body with one more failed attempt, which ended at `at`. A reason that does not fit into a message of SQS is
    /// omitted.
    ///
    /// The result is `None` if the body is not a JSON object, or if it has no space for an attempt without a reason.
    /// Only a dead letter with its record can be so large. Such a message has no progress to lose: the record is
    /// projected from the message, so the event table is not read for it.
    pub(crate) fn after_attempt(
        &self,
        reason: &str,
        reread: Option<RereadProgress>,
        at: Timestamp,
    ) -> Option<String> {
        let body: Map<String, Value> = serde_json::from_str(&self.body).ok()?;
        let mut attempts = Attempts {
            number: self.attempts().number + 1,
            reason: reason.chars().take(MAX_REASON).collect(),
            at: Some(at),
            reread,
        };
        let with_reason = with_attempts(body.clone(), &attempts);
        OMITTED.clone_into(&mut attempts.reason);
        [with_reason, with_attempts(body, &attempts)].into_iter().find(|body| body.len() <= MAX_MESSAGE_BYTES)
    }
}

/// `body` with `attempts`, as JSON. The two characters that SQS refuses are escaped, because the next attempt needs the
/// exact key of an item at which the reading of the event table continues.
///
/// Source: Amazon SQS API Reference, `SendMessage`: `#x9 | #xA | #xD | #x20 to #xD7FF | #xE000 to #xFFFD | …`.
fn with_attempts(mut body: Map<String, Value>, attempts: &Attempts) -> String {
    body.insert(REDRIVE.to_owned(), serde_json::json!(attempts));
    Value::from(body).to_string().replace('\u{fffe}', "\\ufffe").replace('\u{ffff}', "\\uffff")
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
    /// [`QueueError`] if no message can be received. If a request fails after others have returned messages, the result
    /// is these messages.
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

    /// Sends `body` as a new message.
    ///
    /// # Errors
    /// [`QueueError`] if the queue did not confirm that it stored the message.
    fn send(&self, body: &str) -> impl Future<Output = Result<(), QueueError>> + Send;

    /// Sends `body` as a new message and then deletes `message`.
    ///
    /// # Errors
    /// [`QueueError`] if a request fails. `message` then reappears when its visibility timeout ends, and the queue may
    /// hold both messages.
    fn replace(
        &self,
        message: &QueueMessage,
        body: &str,
    ) -> impl Future<Output = Result<(), QueueError>> + Send {
        async move {
            self.send(body).await?;
            self.delete(message).await
        }
    }
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
            let some = match self.receive_once(max - taken.len()).await {
                Err(error) if taken.is_empty() => return Err(error),
                // The received messages are hidden. The caller must work on them or put them back.
                Err(error) => {
                    let error = &error as &(dyn std::error::Error + 'static);
                    tracing::warn!(error, received = taken.len(), "no further messages can be received");
                    break;
                }
                Ok(some) => some,
            };
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

    async fn send(&self, body: &str) -> Result<(), QueueError> {
        let send = self.client.send_message().queue_url(&self.url).message_body(body);
        Box::pin(send.send()).await.map_err(|error| QueueError(error.into()))?;
        Ok(())
    }
}

/// Converts a message of the SDK; `None` if its id, receipt handle or body is missing.
fn message(received: Received) -> Option<QueueMessage> {
    let Received { message_id, receipt_handle, body, .. } = received;
    Some(QueueMessage { id: message_id?, receipt: receipt_handle?, body: body? })
}
