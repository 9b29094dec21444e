//! The dead-letter queue in Amazon SQS.

use aws_sdk_sqs::Client;

use crate::dead_letter::{DeadLetter, DeadLetterQueue, Undelivered};

/// The largest message that SQS takes: 1 MiB.
///
/// Source: Amazon SQS Developer Guide, "Amazon SQS message quotas".
const MAX_MESSAGE: usize = 1_024 * 1_024;

/// The dead-letter queue in Amazon SQS.
#[derive(Debug, Clone)]
pub struct SqsDeadLetters {
    client: Client,
    queue_url: String,
}

impl SqsDeadLetters {
    /// The queue at `queue_url`, reached through `client`, which brings its own timeouts and retries.
    #[must_use]
    pub fn new(client: Client, queue_url: impl Into<String>) -> Self {
        Self { client, queue_url: queue_url.into() }
    }
}

impl DeadLetterQueue for SqsDeadLetters {
    async fn send(&self, letter: &DeadLetter<'_>) -> Result<(), Undelivered> {
        let message = allowed(&letter.message(MAX_MESSAGE));
        let send = self.client.send_message().queue_url(&self.queue_url).message_body(message);
        // Boxed: the SDK's futures are kilobytes of state, nested too deep for the compiler to lay out in place.
        Box::pin(send.send()).await.map_err(|error| Undelivered(error.into()))?;
        Ok(())
    }
}

/// `message` without the two characters that SQS refuses and JSON does not escape: a letter that the queue refuses
/// would hold up its shard.
///
/// Source: Amazon SQS API Reference, `SendMessage`: `#x9 | #xA | #xD | #x20 to #xD7FF | #xE000 to #xFFFD | …`.
fn allowed(message: &str) -> String {
    message.replace(['\u{fffe}', '\u{ffff}'], "\u{fffd}")
}
