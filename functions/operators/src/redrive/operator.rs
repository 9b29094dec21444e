//! Lists, redrives and discards messages, and brings single streams up to date.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use es_core::{Clock, EventReader, StreamId};
use event_stream::{DeadLetter, FailedBatch, HeldStream, QueuedLetter, Record, RecordRange};
use futures::{StreamExt, stream};
use projection::{MAX_MESSAGE_BYTES, allowed_in_sqs};
use tokio::time::{Instant, timeout_at};

use crate::redrive::work::{WorkDone, WorkError};
use crate::redrive::{
    FailureQueue, ListedMessage, MessageQueue, ProjectionFunctions, QueueError, QueueMessage, ReadBack,
    Reason, RecordSource, RedriveOutcome, RedriveReport, RedriveRequest, Replayer, RereadProgress,
    WorkResult,
};

/// How many messages a search receives at a time.
const PAGE: usize = 10;

/// The most messages that a search receives. SQS cannot find a message by its id, so the search receives all messages.
const SEARCHED: usize = 10_000;

/// The time before the deadline in which no message is worked on. The result of the last message is stored in that time,
/// and the messages that are left are put back.
const RESERVE: Duration = Duration::from_secs(10);

/// How many messages are put back at the same time. Those of the longest search then take a few seconds.
const CONCURRENCY: usize = 16;

/// The redrive operator with its queues, the stream and the views.
pub struct Redrive<R, M, S> {
    /// The views and the event table.
    pub views: Replayer<R>,
    /// The queue of batches that Lambda gave up delivering.
    pub stream_failures: M,
    /// The queue of records and streams that a projection could not read.
    pub dead_letters: M,
    /// The stream, from which the records of a failed batch are read.
    pub records: S,
    /// The projection of each Lambda function.
    pub functions: ProjectionFunctions,
    /// The clock. A message stores the time of its last failed attempt.
    pub clock: Arc<dyn Clock>,
}

/// The work on one message.
struct MessageWork<'a> {
    message: &'a QueueMessage,
    /// How far the event table is read for the message. An attempt that fails stores the progress in the message.
    reread: Option<RereadProgress>,
    /// The projection and stream of each letter about a stream that this invocation has sent.
    letters_sent: &'a mut BTreeSet<(String, StreamId)>,
    /// When the work stops. Its result is stored before the invocation ends.
    deadline: Instant,
}

impl<R, M, S> Redrive<R, M, S>
where
    R: EventReader + Clone + 'static,
    M: MessageQueue,
    S: RecordSource,
{
    /// Executes `request` and stops at `deadline` at the latest. The work on messages stops 10 seconds earlier, and
    /// messages that are not processed by then go back to their queue.
    ///
    /// # Errors
    /// [`QueueError`] if no message can be received, or if a list or a discard cannot delete a message or put it back.
    /// All other messages are put back nevertheless. If a message cannot be redriven, the report says why instead.
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
        self.put_back(queue, &taken).await?;
        Ok(RedriveReport::List { queue, messages })
    }

    /// Puts all `messages` back. A message that the queue does not take back reappears when its visibility timeout
    /// ends.
    ///
    /// # Errors
    /// The first [`QueueError`], after the attempt to put back every message.
    async fn put_back(&self, queue: FailureQueue, messages: &[QueueMessage]) -> Result<(), QueueError> {
        let attempts = messages.iter().map(|message| self.queue(queue).put_back(message));
        let results = stream::iter(attempts).buffer_unordered(CONCURRENCY);
        results.fold(Ok(()), async |first: Result<(), QueueError>, next| first.and(next)).await
    }

    /// Processes up to `max` messages of `queue` until [`RESERVE`] before `deadline`, and puts the others back. A message
    /// that fails does not stop the others.
    async fn redrive(
        &self,
        queue: FailureQueue,
        max: usize,
        deadline: Instant,
    ) -> Result<RedriveReport, QueueError> {
        let (end, deadline) = (deadline, before_reserve(deadline));
        let (mut worked, mut letters_sent) = (Vec::new(), BTreeSet::new());
        let mut messages = self.queue(queue).receive(max).await?.into_iter().peekable();
        while let Some(message) = messages.next_if(|_| Instant::now() < deadline) {
            let reread = message.attempts().reread;
            let mut work =
                MessageWork { message: &message, reread, letters_sent: &mut letters_sent, deadline };
            let result = match queue {
                FailureQueue::StreamFailures => self.failed_batch(&mut work).await,
                FailureQueue::DeadLetters => self.letter(&mut work).await,
            };
            let reread = work.reread;
            let settled = timeout_at(end, self.settle(queue, &message, &result, reread)).await;
            let outcome = match settled.unwrap_or_else(|_| Err(no_answer())) {
                Ok(()) => outcome(&result),
                Err(error) => {
                    let done = result
                        .map_or_else(|error| error.to_string(), |_| "the views are up to date".to_owned());
                    self.put_back_or_warn(queue, &message, end).await;
                    RedriveOutcome::Left { reason: format!("{done}; the message stays unchanged: {error}") }
                }
            };
            worked.push(WorkResult { id: message.id, outcome });
        }
        let not_begun = messages.map(async |message| {
            self.put_back_or_warn(queue, &message, end).await;
            WorkResult { id: message.id, outcome: outcome(&Err(WorkError::NotBegun)) }
        });
        worked.extend(stream::iter(not_begun).buffered(CONCURRENCY).collect::<Vec<_>>().await);
        Ok(RedriveReport::from_work(worked))
    }

    /// Puts `message` back until `end`, or logs that it stays hidden for a while.
    async fn put_back_or_warn(&self, queue: FailureQueue, message: &QueueMessage, end: Instant) {
        let put_back = timeout_at(end, self.queue(queue).put_back(message)).await;
        if let Err(error) = put_back.unwrap_or_else(|_| Err(no_answer())) {
            let error = &error as &(dyn std::error::Error + 'static);
            tracing::warn!(
                error,
                id = message.id,
                "a message stays hidden until its visibility timeout ends"
            );
        }
    }

    /// Deletes the message if the work succeeded. Otherwise puts the message back with the reason and the progress.
    async fn settle(
        &self,
        queue: FailureQueue,
        message: &QueueMessage,
        result: &Result<WorkDone, WorkError>,
        reread: Option<RereadProgress>,
    ) -> Result<(), QueueError> {
        let queue = self.queue(queue);
        let Err(error) = result else { return queue.delete(message).await };
        match message.after_attempt(&error.to_string(), reread, self.clock.now()) {
            Some(body) => queue.replace(message, &body).await,
            None => queue.put_back(message).await,
        }
    }

    /// Projects a batch that Lambda gave up delivering. Records that cannot be projected go to the dead-letter queue,
    /// as they do in the projection function.
    async fn failed_batch(&self, work: &mut MessageWork<'_>) -> Result<WorkDone, WorkError> {
        let failed: FailedBatch = serde_json::from_str(&work.message.body)?;
        let arn = failed.function_arn();
        let name =
            self.functions.projection(arn).ok_or_else(|| WorkError::UnknownFunction(arn.to_owned()))?;
        let ReadBack::Whole(records) = self.read_back(&failed.range(), work.deadline).await? else {
            return self.reread(name, work).await;
        };
        let (mut done, letters) = self.project(name, &records, work.deadline).await?;
        for letter in &letters {
            self.set_aside(&letter.to_json(MAX_MESSAGE_BYTES), work.deadline).await?;
            done.set_aside += 1;
        }
        Ok(done)
    }

    /// Reads the records of `range` from the stream.
    ///
    /// # Errors
    /// [`WorkError::Stream`] if the stream cannot be read, and [`WorkError::UnreadInTime`] if `deadline` passes.
    async fn read_back(&self, range: &RecordRange, deadline: Instant) -> Result<ReadBack, WorkError> {
        let read = timeout_at(deadline, self.records.read(range)).await;
        Ok(read.map_err(|_| WorkError::UnreadInTime)??)
    }

    /// Projects `records` through the projection called `name`, as [`Replayer::project_records`] does.
    ///
    /// # Errors
    /// The [`WorkError`] of the projection, and [`WorkError::UnprojectedInTime`] if `deadline` passes.
    async fn project(
        &self,
        name: &str,
        records: &[Record],
        deadline: Instant,
    ) -> Result<(WorkDone, Vec<DeadLetter>), WorkError> {
        let projected = timeout_at(deadline, self.views.project_records(name, records, deadline)).await;
        projected.map_err(|_| WorkError::UnprojectedInTime)?
    }

    /// Projects a record or a stream from the dead-letter queue.
    async fn letter(&self, work: &mut MessageWork<'_>) -> Result<WorkDone, WorkError> {
        let letter = match QueuedLetter::from_json(&work.message.body)? {
            QueuedLetter::Record(letter) => letter,
            QueuedLetter::HeldStream(held) => {
                let (name, before) = (Some(held.function.as_str()), held.held_from.previous());
                let (done, _) = self.views.advance_stream(name, &held.stream, before, work.deadline).await?;
                return Ok(done);
            }
        };
        let name = &letter.function;
        let records = match letter.record() {
            Some(record) => vec![record],
            None => match self.read_back(&letter.range(), work.deadline).await? {
                ReadBack::Whole(records) => records,
                ReadBack::Trimmed => return self.reread(name, work).await,
            },
        };
        let (done, mut letters) = self.project(name, &records, work.deadline).await?;
        match letters.pop() {
            Some(still) => Err(WorkError::StillPoison(still.error)),
            None => Ok(done),
        }
    }

    /// Reads the event table once, from the position where the last attempt ended, and projects every commit that the
    /// views of the projection called `name` lack. After an error, `work` has the position at which the next attempt
    /// continues.
    ///
    /// Nothing in the message says which commits its records were. The end of the table is the proof: the views then
    /// have every commit that was in the table when the pass began, and so the commits of the message.
    ///
    /// A held stream becomes a dead letter and does not stop the pass.
    ///
    /// # Errors
    /// [`WorkError::RereadUnfinished`] if the time is up before the table's end. Other variants of [`WorkError`] if
    /// a stream stops that a later attempt may continue, a view was made from another event table, a table cannot be
    /// read, a view is behind afterwards, or the dead-letter queue does not accept a letter.
    async fn reread(&self, name: &str, work: &mut MessageWork<'_>) -> Result<WorkDone, WorkError> {
        let MessageWork { reread, letters_sent, deadline, .. } = work;
        let (progress, deadline) = (reread.get_or_insert_default(), *deadline);
        let mut done = WorkDone::default();
        while Instant::now() < deadline {
            let reread = self.views.reread_page(name, progress.projected_to.as_ref(), deadline);
            let Ok(page) = timeout_at(deadline, reread).await else { break };
            let page = page?;
            for held in page.held {
                let letter = (name.to_owned(), held.stream.clone());
                if progress.set_aside.contains(&held.stream) || letters_sent.contains(&letter) {
                    continue;
                }
                self.set_aside(&held.to_json(), deadline).await?;
                let HeldStream { error, stream, held_from, .. } = held;
                tracing::error!(projection = name, %stream, version = %held_from, error, "a held stream became a dead letter");
                letters_sent.insert(letter);
                progress.remember(stream);
                done.set_aside += 1;
            }
            done.applied += page.replayed.applied;
            done.duplicates += page.replayed.duplicates;
            done.unreadable += page.replayed.unreadable;
            progress.projected_to = page.next;
            if progress.projected_to.is_none() {
                return Ok(done);
            }
        }
        Err(WorkError::RereadUnfinished)
    }

    /// Sends `letter`, which is JSON, to the dead-letter queue.
    ///
    /// # Errors
    /// [`WorkError::NotSetAside`] if the queue does not accept the letter, and [`WorkError::NotSetAsideInTime`] if
    /// `deadline` passes. The queue may have the letter then.
    async fn set_aside(&self, letter: &str, deadline: Instant) -> Result<(), WorkError> {
        let letter = allowed_in_sqs(letter);
        let sent = timeout_at(deadline, self.dead_letters.send(&letter)).await;
        Ok(sent.map_err(|_| WorkError::NotSetAsideInTime)??)
    }

    /// Deletes the messages of `queue` with the given ids, and puts back all other messages that the search received. The
    /// search ends [`RESERVE`] before `deadline`.
    async fn discard(
        &self,
        queue: FailureQueue,
        ids: &[String],
        reason: &Reason,
        deadline: Instant,
    ) -> Result<RedriveReport, QueueError> {
        let deadline = before_reserve(deadline);
        let mut missing: BTreeSet<&String> = ids.iter().collect();
        let (mut discarded, mut others) = (Vec::new(), Vec::new());
        let mut result = Ok(());
        while result.is_ok() && !missing.is_empty() && others.len() < SEARCHED && Instant::now() < deadline {
            let page = match self.queue(queue).receive(PAGE).await {
                Ok(page) if page.is_empty() => break,
                Ok(page) => page,
                Err(error) => {
                    result = Err(error);
                    break;
                }
            };
            for message in page {
                if missing.contains(&message.id) {
                    let listed = ListedMessage::from_message(queue, &message, &self.functions);
                    let ListedMessage { id, projection, error, about, .. } = &listed;
                    tracing::warn!(?queue, id, projection, error, %about, reason = reason.as_str(), "discarding a message");
                    let deleted = self.queue(queue).delete(&message).await;
                    if deleted.is_ok() {
                        missing.remove(&message.id);
                        discarded.push(listed);
                        continue;
                    }
                    result = result.and(deleted);
                }
                // The body is dropped because all received messages must fit into the function's memory.
                others.push(QueueMessage { body: String::new(), ..message });
            }
        }
        result.and(self.put_back(queue, &others).await)?;
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

/// The queue did not answer before the invocation's time was up. The message reappears when its visibility timeout ends.
fn no_answer() -> QueueError {
    QueueError("the queue did not answer in time".into())
}

/// When to stop working on messages. The rest of the time until `deadline` is for putting messages back.
fn before_reserve(deadline: Instant) -> Instant {
    deadline.checked_sub(RESERVE).unwrap_or(deadline)
}

/// Converts the result of the work on a message or stream for the report.
fn outcome(result: &Result<WorkDone, WorkError>) -> RedriveOutcome {
    match result {
        Ok(WorkDone { applied, duplicates, set_aside, unreadable }) => RedriveOutcome::Done {
            applied: *applied,
            duplicates: *duplicates,
            set_aside: *set_aside,
            unreadable: *unreadable,
        },
        Err(error) => RedriveOutcome::Left { reason: error.to_string() },
    }
}
