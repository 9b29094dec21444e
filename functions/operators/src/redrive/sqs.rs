//! A queue in Amazon SQS.

use aws_sdk_sqs::Client;
use aws_sdk_sqs::types::Message as Received;

use crate::redrive::{Message, MessageQueue, QueueError};

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

/// The largest message that SQS takes: 1 MiB.
///
/// Source: Amazon SQS Developer Guide, "Amazon SQS message quotas".
const MAX_MESSAGE: usize = 1_024 * 1_024;

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
        if body.len() > MAX_MESSAGE {
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
