//! The dead-letter queue: the port that stores records which cannot be projected, and the adapter for Amazon SQS.

use aws_sdk_sqs::Client;
use event_stream::DeadLetter;
use futures::future::BoxFuture;

/// The largest message that SQS accepts: 1 MiB.
///
/// Source: Amazon SQS Developer Guide, "Amazon SQS message quotas".
pub const MAX_MESSAGE_BYTES: usize = 1_024 * 1_024;

/// A dead letter that could not be sent.
#[derive(Debug, thiserror::Error)]
#[error("the dead-letter queue is unavailable")]
pub struct Undelivered(#[source] pub Box<dyn std::error::Error + Send + Sync>);

/// Stores the records that cannot be projected.
pub trait DeadLetterQueue: Send + Sync {
    /// Stores `letter`.
    ///
    /// # Errors
    /// [`Undelivered`] if the queue did not confirm that it stored the letter.
    fn send<'a>(&'a self, letter: &'a DeadLetter) -> BoxFuture<'a, Result<(), Undelivered>>;
}

/// The dead-letter queue in Amazon SQS.
#[derive(Debug, Clone)]
pub struct SqsDeadLetters {
    client: Client,
    queue_url: String,
}

impl SqsDeadLetters {
    /// The queue at `queue_url`. `client` reaches SQS and defines the timeouts and retries.
    #[must_use]
    pub fn new(client: Client, queue_url: impl Into<String>) -> Self {
        Self { client, queue_url: queue_url.into() }
    }
}

impl DeadLetterQueue for SqsDeadLetters {
    fn send<'a>(&'a self, letter: &'a DeadLetter) -> BoxFuture<'a, Result<(), Undelivered>> {
        let message = allowed_in_sqs(&letter.to_json(MAX_MESSAGE_BYTES));
        let send = self.client.send_message().queue_url(&self.queue_url).message_body(message);
        Box::pin(async { send.send().await.map(drop).map_err(|error| Undelivered(error.into())) })
    }
}

/// Replaces the two characters that SQS refuses and that JSON does not escape. A letter that the queue refuses would be
/// retried forever and stop its shard.
///
/// Source: Amazon SQS API Reference, `SendMessage`: `#x9 | #xA | #xD | #x20 to #xD7FF | #xE000 to #xFFFD | …`.
#[must_use]
pub fn allowed_in_sqs(text: &str) -> String {
    text.replace(['\u{fffe}', '\u{ffff}'], "\u{fffd}")
}
