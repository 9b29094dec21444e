//! The event source mapping from a standard queue to a function, with Lambda's semantics (Lambda guide, "Using Lambda
//! with Amazon SQS", and "Handling errors for an SQS event source in Lambda").
//!
//! A poller receives a batch, invokes the function, and deletes the messages that are finished. Every other message
//! becomes visible again after the queue's visibility timeout, and the queue's redrive policy moves it to the dead-letter
//! queue. A message that the filters drop is deleted, as the guide says.

use std::time::Duration;

use bytes::Bytes;
use stack_base::chaos::Fault;
use stack_base::stop::Stopped;
use stack_lambda::{Invoke, InvokeError};
use stack_sqs::{MAXIMUM_RECEIVED, ReceivedMessage, SqsError};
use stack_template::EventSourceMapping;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep};

use super::batch::MAXIMUM_EVENT;
use super::context::{Context, backoff};
use super::progress::Progress;
use super::queue_event::{event, filtered, record};
use super::response::{Verdict, verdict};

/// Number of batches that Lambda processes at a time before it scales up.
const POLLERS: u32 = 5;
/// Time that one receive waits for a message, the maximum of SQS.
const LONG_POLL: Duration = Duration::from_secs(20);

/// Polls one queue.
#[derive(Clone)]
pub(super) struct Poller<I> {
    pub(super) mapping: EventSourceMapping,
    pub(super) queue: String,
    pub(super) context: Context<I>,
    pub(super) progress: Progress,
    pub(super) stopped: Stopped,
}

impl<I: Invoke> Poller<I> {
    /// Runs the pollers until the mapping stops.
    pub(super) async fn run(self) {
        let mut pollers = JoinSet::new();
        for _ in 0..self.mapping.maximum_concurrency.map_or(POLLERS, |most| most.min(POLLERS)) {
            pollers.spawn(self.clone().poll());
        }
        while pollers.join_next().await.is_some() {}
    }

    async fn poll(mut self) {
        let mut failures = 0;
        while !self.stopped.is_sent() {
            let delivered = match self.collect().await {
                Ok(messages) => self.deliver(messages).await,
                Err(error) => {
                    tracing::error!(mapping = self.mapping.id, %error, "cannot receive messages; retrying");
                    false
                }
            };
            failures = if delivered { 0 } else { failures + 1 };
            if failures > 0 {
                tokio::select! {
                    () = self.stopped.wait() => {}
                    () = sleep(backoff(failures)) => {}
                }
            }
        }
    }

    /// Receives messages until the batch is full or its window ends. Returns the messages so far when the mapping stops.
    async fn collect(&mut self) -> Result<Vec<ReceivedMessage>, SqsError> {
        let mut messages = Vec::new();
        let mut closes = None;
        while messages.len() < self.mapping.batch_size {
            let limit = (self.mapping.batch_size - messages.len()).min(MAXIMUM_RECEIVED);
            let wait = closes.map_or(LONG_POLL, |closes: Instant| closes.duration_since(Instant::now()));
            let received = tokio::select! {
                () = self.stopped.wait() => break,
                received = self.context.sqs.receive(&self.queue, limit, None, Some(wait)) => received?,
            };
            if received.is_empty() {
                break;
            }
            messages.extend(received);
            let now = Instant::now();
            if now >= *closes.get_or_insert(now + self.mapping.batching_window) {
                break;
            }
        }
        Ok(messages)
    }

    /// Delivers messages in events of at most 6 MB. Returns false if the function could not be invoked or failed.
    async fn deliver(&self, messages: Vec<ReceivedMessage>) -> bool {
        let mut events: Vec<(usize, Vec<ReceivedMessage>)> = Vec::new();
        for message in messages {
            let record = record(&self.queue, &message);
            if self
                .mapping
                .filters
                .as_ref()
                .is_some_and(|filters| !filters.accept(&filtered(&record, &message)))
            {
                self.delete(&message);
                continue;
            }
            let size = record.to_string().len() + 1;
            match events.last_mut() {
                Some((total, event)) if *total + size < MAXIMUM_EVENT => {
                    *total += size;
                    event.push(message);
                }
                _ => events.push((size, vec![message])),
            }
        }
        let mut delivered = true;
        for (_, messages) in &events {
            delivered &= self.invoke(messages).await;
        }
        delivered
    }

    async fn invoke(&self, messages: &[ReceivedMessage]) -> bool {
        let event = Bytes::from(event(&self.queue, messages));
        let invocation = match self.context.invoker.invoke(&self.mapping.function, event, None).await {
            Ok(invocation) => invocation,
            Err(InvokeError::ShuttingDown) => return true,
            Err(error) => {
                let mapping = &self.mapping.id;
                tracing::warn!(mapping, %error, "cannot invoke the function; the messages become visible again");
                self.progress.note(&Verdict::Failed);
                return false;
            }
        };
        let identifiers: Vec<String> = messages.iter().map(|message| message.id.clone()).collect();
        let verdict = verdict(&invocation, self.mapping.reports_batch_item_failures, &identifiers);
        self.progress.note(&verdict);
        let is_finished = |index: usize| match &verdict {
            Verdict::Succeeded => !self.context.chaos.injects(Fault::Redeliver),
            Verdict::Partly(failed) => !failed.contains(&index),
            Verdict::Failed => false,
        };
        for (_, message) in messages.iter().enumerate().filter(|(index, _)| is_finished(*index)) {
            self.delete(message);
        }
        verdict != Verdict::Failed
    }

    fn delete(&self, message: &ReceivedMessage) {
        if let Err(error) = self.context.sqs.delete(&self.queue, &message.receipt) {
            tracing::error!(mapping = self.mapping.id, %error, "cannot delete a message; it is delivered again");
        }
    }
}
