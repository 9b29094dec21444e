//! The two queues of failed records, as functions reach them.

use std::sync::Arc;

use event_stream::QueuedLetter;
use futures::future::BoxFuture;
use operators::redrive::{FailureQueue, MessageQueue, QueueError, QueueMessage};
use projection::MAX_MESSAGE_BYTES;
use serde_json::Value;
use tokio::time::sleep;

use crate::Mutation;
use crate::aws::data_in_known_form;
use crate::checks::may_leave_its_queue;
use crate::world::{Function, Queue, RESTORED_EVENTS, World};

/// The visibility timeout of a received message in milliseconds, as in the redrive function: 16 minutes.
const HIDDEN: u64 = 16 * 60 * 1_000;

/// A queue of failed records on a network with faults.
#[derive(Clone)]
pub(super) struct SimulatedQueue {
    world: Arc<World>,
    queue: FailureQueue,
}

impl SimulatedQueue {
    pub(super) fn new(world: &Arc<World>, queue: FailureQueue) -> Self {
        Self { world: Arc::clone(world), queue }
    }

    fn messages(&self) -> &Queue {
        match self.queue {
            FailureQueue::StreamFailures => &self.world.stream_failures,
            FailureQueue::DeadLetters => &self.world.dead_letters,
        }
    }

    /// Executes `operation` unless the request is lost. Fails if the request or its response is lost.
    async fn request<T>(&self, operation: impl FnOnce() -> T) -> Result<T, QueueError> {
        let (random, rate) = (&self.world.random, self.world.fault_rates().queue_failures);
        sleep(random.millis(1..12)).await;
        let unavailable = || Err(QueueError("the connection to the queue is lost".into()));
        if random.chance(rate) {
            return unavailable();
        }
        let result = operation();
        if random.chance(rate) { unavailable() } else { Ok(result) }
    }

    fn end_of_visibility_timeout(&self) -> u64 {
        let (now, random) = (self.world.clock.millis(), &self.world.random);
        // At-least-once delivery: the message is sometimes delivered to two consumers.
        let is_delivered_again = random.chance(self.world.fault_rates().queue_duplicates);
        if is_delivered_again { now } else { now + HIDDEN }
    }
}

impl MessageQueue for SimulatedQueue {
    async fn receive(&self, max: usize) -> Result<Vec<QueueMessage>, QueueError> {
        let world = &self.world;
        if self.queue == FailureQueue::DeadLetters && world.has(Mutation::LettersDiscarded) {
            self.messages().clear();
        }
        let receive =
            || self.messages().receive(max, world.clock.millis(), || self.end_of_visibility_timeout());
        let is_new = world.deployment.knows_future_events(Function::REDRIVE);
        let received = self.request(receive).await?.into_iter().map(|message| {
            let body = if is_new { letter_in_known_form(message.body) } else { message.body };
            QueueMessage { id: message.id, receipt: message.receipt, body }
        });
        Ok(received.collect())
    }

    async fn delete(&self, message: &QueueMessage) -> Result<(), QueueError> {
        if let Err(why) = may_leave_its_queue(&self.world, self.queue, &message.body) {
            self.world.record_violation(format!("a message leaves its queue, but {why}: {}", message.body));
        }
        self.request(|| self.messages().delete(&message.receipt)).await
    }

    async fn put_back(&self, message: &QueueMessage) -> Result<(), QueueError> {
        self.request(|| self.messages().put_back(&message.receipt)).await
    }

    async fn send(&self, body: &str) -> Result<(), QueueError> {
        check_letter(&self.world, body);
        if self.world.has(Mutation::HeldStreamForgotten) {
            return Ok(());
        }
        self.request(|| self.messages().send(body.to_owned())).await
    }

    /// Puts a message with another body back. The queue always has one of the two bodies.
    async fn replace(&self, message: &QueueMessage, body: &str) -> Result<(), QueueError> {
        self.request(|| self.messages().send(body.to_owned())).await?;
        self.request(|| self.messages().delete(&message.receipt)).await
    }
}

impl SimulatedQueue {
    /// Sends the letter `body` of a projection function.
    pub(super) fn send_letter(self, body: String) -> BoxFuture<'static, Result<(), QueueError>> {
        Box::pin(async move { self.request(|| self.messages().send(body)).await })
    }
}

/// Records a violation if the letter `body` concerns a stream without a reason. The system itself wrote all records,
/// so a letter may only concern a stream with new events or with an item that an operator has damaged.
pub(super) fn check_letter(world: &World, body: &str) {
    assert!(body.len() <= MAX_MESSAGE_BYTES, "SQS refuses a message of {} bytes", body.len());
    let (stream, error) = match QueuedLetter::from_json(body).unwrap() {
        QueuedLetter::HeldStream(held) => (held.stream.to_string(), held.error),
        QueuedLetter::Record(letter) => {
            (letter.error.split(' ').next().unwrap_or_default().to_owned(), letter.error)
        }
    };
    let is_refused = is_refusal_after_restore(world, &error);
    let is_due = is_refused || world.deployment.has_future(&stream) || world.corruption.has_touched(&stream);
    if !is_due {
        world.record_violation(format!("a dead letter for a valid record of {stream:?}: {error}"));
    }
}

/// Whether `error` says that a view of the time before the restore refuses a commit of the restored event table.
pub(super) fn is_refusal_after_restore(world: &World, error: &str) -> bool {
    world.deployment.event_table() == RESTORED_EVENTS && error.contains("made from another event table")
}

/// The message `body` with the data of its record in the known schema.
fn letter_in_known_form(body: String) -> String {
    let mut letter: Value = serde_json::from_str(&body).unwrap();
    match letter.get_mut("data") {
        Some(data) => {
            *data = data_in_known_form(data);
            letter.to_string()
        }
        None => body,
    }
}
