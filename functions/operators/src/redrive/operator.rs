//! Lists, redrives and discards messages, and brings single streams up to date.

use std::collections::BTreeSet;
use std::sync::Arc;

use es_core::{Clock, EventReader};
use event_stream::{DeadLetter, FailedBatch};
use projection::DeadLetterQueue;
use tokio::time::Instant;

use crate::redrive::rereading::Arrivals;
use crate::redrive::work::{WorkDone, WorkError};
use crate::redrive::{
    FailureQueue, ListedMessage, MessageQueue, ProjectionFunctions, QueueError, QueueMessage, ReadBack,
    Reason, RecordSource, RedriveOutcome, RedriveReport, RedriveRequest, Replayer, WorkResult,
};

/// How many messages a search receives at a time.
const PAGE: usize = 10;

/// The most messages that a search receives. SQS cannot find a message by its id, so the search receives all messages.
const SEARCHED: usize = 10_000;

/// The redrive operator with its queues, the stream and the views.
pub struct Redrive<R, M, S, Q> {
    /// The views and the event table.
    pub views: Replayer<R>,
    /// The queue of batches that Lambda gave up delivering.
    pub stream_failures: M,
    /// The queue of records that a projection could not read.
    pub dead_letters: M,
    /// The stream, from which the records of a failed batch are read.
    pub records: S,
    /// The same queue as `dead_letters`, through the port to which projections send dead letters.
    pub set_aside: Q,
    /// The projection of each Lambda function.
    pub functions: ProjectionFunctions,
    /// The clock. A message stores the time of its last failed attempt.
    pub clock: Arc<dyn Clock>,
}

impl<R, M, S, Q> Redrive<R, M, S, Q>
where
    R: EventReader + Clone + 'static,
    M: MessageQueue,
    S: RecordSource,
    Q: DeadLetterQueue,
{
    /// Executes `request` and stops at `deadline` at the latest. Messages that are not processed by then go back to
    /// their queue.
    ///
    /// # Errors
    /// [`QueueError`] if a request to a queue fails. If a message cannot be processed, the report says why instead.
    #[tracing::instrument(name = "operator.redrive", skip_all, fields(
        otel.kind = "server", cqrs.side = "operator", cqrs.operation = "redrive",
        faas.invocation_id = telemetry::request_id(), faas.coldstart = telemetry::is_cold_start(),
    ))]
    pub async fn answer(
        &self,
        request: RedriveRequest,
        deadline: Instant,
    ) -> Result<RedriveReport, QueueError> {
        let report = match request {
            RedriveRequest::List { queue, max } => self.list(queue, max.get()).await?,
            RedriveRequest::Redrive { queue, max } => self.redrive(queue, max.get(), deadline).await?,
            RedriveRequest::Discard { queue, ids, reason } => {
                self.discard(queue, ids.as_slice(), &reason, deadline).await?
            }
            RedriveRequest::CatchUp { streams } => {
                let mut worked = Vec::new();
                for stream in streams.as_slice() {
                    let result = self.views.catch_up(stream, deadline).await;
                    worked.push(WorkResult { id: stream.to_string(), outcome: outcome(&result) });
                }
                RedriveReport::from_work(worked)
            }
        };
        tracing::info!(?report, "request answered");
        Ok(report)
    }

    /// Describes up to `max` messages of `queue` and puts them back.
    async fn list(&self, queue: FailureQueue, max: usize) -> Result<RedriveReport, QueueError> {
        let taken = self.queue(queue).receive(max).await?;
        let messages = taken
            .iter()
            .map(|message| ListedMessage::from_message(queue, message, &self.functions))
            .collect();
        for message in &taken {
            self.queue(queue).put_back(message).await?;
        }
        Ok(RedriveReport::List { queue, messages })
    }

    /// Processes up to `max` messages of `queue`.
    async fn redrive(
        &self,
        queue: FailureQueue,
        max: usize,
        deadline: Instant,
    ) -> Result<RedriveReport, QueueError> {
        let mut worked = Vec::new();
        for message in self.queue(queue).receive(max).await? {
            if Instant::now() >= deadline {
                self.queue(queue).put_back(&message).await?;
                continue;
            }
            let result = match queue {
                FailureQueue::StreamFailures => self.failed_batch(&message, deadline).await,
                FailureQueue::DeadLetters => self.letter(&message, deadline).await,
            };
            let outcome = outcome(&result);
            self.settle(queue, &message, result).await?;
            worked.push(WorkResult { id: message.id, outcome });
        }
        Ok(RedriveReport::from_work(worked))
    }

    /// Deletes the message if the work succeeded. Otherwise puts the message back with the reason.
    async fn settle(
        &self,
        queue: FailureQueue,
        message: &QueueMessage,
        result: Result<WorkDone, WorkError>,
    ) -> Result<(), QueueError> {
        let queue = self.queue(queue);
        let Err(error) = result else { return queue.delete(message).await };
        let reason = error.to_string();
        let reread = if let WorkError::RereadUnfinished(cursor) = error { cursor } else { None };
        match message.after_attempt(&reason, reread, self.clock.now()) {
            Some(body) => queue.replace(message, &body).await,
            None => queue.put_back(message).await,
        }
    }

    /// Projects a batch that Lambda gave up delivering. Records that cannot be projected go to the dead-letter queue,
    /// as they do in the projection function.
    async fn failed_batch(&self, message: &QueueMessage, deadline: Instant) -> Result<WorkDone, WorkError> {
        let failed: FailedBatch = serde_json::from_str(&message.body)?;
        let arn = failed.function_arn();
        let name =
            self.functions.projection(arn).ok_or_else(|| WorkError::UnknownFunction(arn.to_owned()))?;
        let ReadBack::Whole(records) = self.records.read(&failed.range()).await? else {
            let (first, last) = failed.arrivals();
            return self.reread(name, Arrivals(first, last), message, deadline).await;
        };
        let done = self.views.project_records(name, &records, deadline).await?;
        for letter in &done.letters {
            self.set_aside.send(letter).await?;
        }
        Ok(done)
    }

    /// Projects a record from the dead-letter queue.
    async fn letter(&self, message: &QueueMessage, deadline: Instant) -> Result<WorkDone, WorkError> {
        let letter: DeadLetter = serde_json::from_str(&message.body)?;
        let records = match letter.record() {
            Some(record) => vec![record],
            None => match self.records.read(&letter.range()).await? {
                ReadBack::Whole(records) => records,
                ReadBack::Trimmed => {
                    let arrivals = Arrivals(letter.arrived_at(), letter.arrived_at());
                    return self.reread(&letter.function, arrivals, message, deadline).await;
                }
            },
        };
        let mut done = self.views.project_records(&letter.function, &records, deadline).await?;
        match done.letters.pop() {
            Some(still) => Err(WorkError::StillPoison(still.error)),
            None => Ok(done),
        }
    }

    /// Replays the commits of `message` from the event table, from the position that the last attempt stored.
    async fn reread(
        &self,
        name: &str,
        arrivals: Arrivals,
        message: &QueueMessage,
        deadline: Instant,
    ) -> Result<WorkDone, WorkError> {
        self.views.reread(name, arrivals, message.attempts().reread, deadline).await
    }

    /// Deletes the messages of `queue` with the given ids, and puts back all other messages that the search received.
    async fn discard(
        &self,
        queue: FailureQueue,
        ids: &[String],
        reason: &Reason,
        deadline: Instant,
    ) -> Result<RedriveReport, QueueError> {
        let mut missing: BTreeSet<&String> = ids.iter().collect();
        let (mut discarded, mut others) = (Vec::new(), Vec::new());
        let search = async {
            while !missing.is_empty() && others.len() < SEARCHED && Instant::now() < deadline {
                let page = self.queue(queue).receive(PAGE).await?;
                if page.is_empty() {
                    break;
                }
                for message in page {
                    if missing.remove(&message.id) {
                        let listed = ListedMessage::from_message(queue, &message, &self.functions);
                        let ListedMessage { id, projection, error, about, .. } = &listed;
                        tracing::warn!(?queue, id, projection, error, %about, reason = reason.as_str(), "discarding a message");
                        discarded.push(listed);
                        self.queue(queue).delete(&message).await?;
                    } else {
                        // The body is dropped because all received messages must fit into the function's memory.
                        others.push(QueueMessage { body: String::new(), ..message });
                    }
                }
            }
            Ok(())
        };
        let searched: Result<(), QueueError> = search.await;
        for message in &others {
            self.queue(queue).put_back(message).await?;
        }
        searched?;
        let missing = missing.into_iter().cloned().collect();
        Ok(RedriveReport::Discard { queue, reason: reason.clone(), discarded, missing })
    }

    const fn queue(&self, queue: FailureQueue) -> &M {
        match queue {
            FailureQueue::StreamFailures => &self.stream_failures,
            FailureQueue::DeadLetters => &self.dead_letters,
        }
    }
}

/// Converts the result of the work on a message or stream for the report.
fn outcome(result: &Result<WorkDone, WorkError>) -> RedriveOutcome {
    match result {
        Ok(WorkDone { applied, duplicates, letters }) => RedriveOutcome::Done {
            applied: *applied,
            duplicates: *duplicates,
            set_aside: letters.len() as u64,
        },
        Err(error) => RedriveOutcome::Left { reason: error.to_string() },
    }
}
