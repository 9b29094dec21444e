//! Messages: shown, worked on, deleted or put back.

use es_core::{EventReader, ScanCursor};
use projection::DeadLetterQueue;
use tokio::time::Instant;

use crate::redrive::failure::Failure;
use crate::redrive::letter::Letter;
use crate::redrive::rereading::{Arrivals, Reread};
use crate::redrive::{
    Listed, Message, MessageQueue, Outcome, Place, ProjectionFunctions, Queue, QueueError, ReadBack,
    RecordSource, Report, Request, Views, Worked,
};

/// Both queues, the stream and the views, and who is who.
#[derive(Debug, Clone)]
pub struct Redrive<R, M, S, Q> {
    /// The tables.
    pub views: Views<R>,
    /// The queue of batches that Lambda gave up delivering.
    pub stream_failures: M,
    /// The queue of records that a projection set aside.
    pub dead_letters: M,
    /// Where records are read back.
    pub records: S,
    /// Where what cannot be projected goes: the queue `dead_letters`, as projections write to it.
    pub set_aside: Q,
    /// Which function is which projection.
    pub functions: ProjectionFunctions,
}

/// Why a message is not done.
pub(crate) struct NotDone {
    reason: String,
    /// How far the event table has been read for it.
    reread: Option<ScanCursor>,
}

impl From<String> for NotDone {
    fn from(reason: String) -> Self {
        Self { reason, reread: None }
    }
}

impl<R, M, S, Q> Redrive<R, M, S, Q>
where
    R: EventReader + Clone,
    M: MessageQueue,
    S: RecordSource,
    Q: DeadLetterQueue,
{
    /// Carries out `request`, until `deadline` at the latest; what it has no time for is where it was.
    ///
    /// # Errors
    /// [`QueueError`] where the queue does not answer.
    #[tracing::instrument(name = "operator.redrive", skip_all, fields(
        otel.kind = "server", cqrs.side = "operator", cqrs.operation = "redrive",
        faas.invocation_id = telemetry::request_id(), faas.coldstart = telemetry::is_cold_start(),
    ))]
    pub async fn answer(&self, request: Request, deadline: Instant) -> Result<Report, QueueError> {
        let report = match request {
            Request::List { queue, max } => self.list(queue, max.get()).await?,
            Request::Redrive { queue, max } => self.redrive(queue, max.get(), deadline).await?,
            Request::Discard { queue, ids, reason } => {
                self.discard(queue, ids.as_slice(), &reason, deadline).await?
            }
            Request::CatchUp { streams } => {
                let mut worked = Vec::new();
                for stream in streams.as_slice() {
                    let outcome = self.views.catch_up(stream, deadline).await;
                    worked.push(Worked { id: stream.to_string(), outcome });
                }
                Report::of(worked)
            }
        };
        tracing::info!(?report, "answered");
        Ok(report)
    }

    async fn list(&self, queue: Queue, max: usize) -> Result<Report, QueueError> {
        let taken = self.queue(queue).receive(max).await?;
        let messages = taken.iter().map(|message| Listed::of(queue, message, &self.functions)).collect();
        for message in &taken {
            self.queue(queue).put_back(message).await?;
        }
        Ok(Report::List { queue, messages })
    }

    async fn redrive(&self, queue: Queue, max: usize, deadline: Instant) -> Result<Report, QueueError> {
        let mut worked = Vec::new();
        for message in self.queue(queue).receive(max).await? {
            if Instant::now() >= deadline {
                self.queue(queue).put_back(&message).await?;
                continue;
            }
            let result = match queue {
                Queue::StreamFailures => self.failure(&message, deadline).await,
                Queue::DeadLetters => self.letter(&message, deadline).await,
            };
            let outcome = self.settle(queue, &message, result).await?;
            worked.push(Worked { id: message.id, outcome });
        }
        Ok(Report::of(worked))
    }

    /// Deletes a message that is done, and puts one back that is not, with the reason.
    async fn settle(
        &self,
        queue: Queue,
        message: &Message,
        result: Result<Outcome, NotDone>,
    ) -> Result<Outcome, QueueError> {
        let queue = self.queue(queue);
        match result {
            Ok(outcome) => {
                queue.delete(message).await?;
                Ok(outcome)
            }
            Err(NotDone { reason, reread }) => {
                match message.after(&reason, reread) {
                    Some(body) => queue.replace(message, &body).await?,
                    None => queue.put_back(message).await?,
                }
                Ok(Outcome::Left { reason })
            }
        }
    }

    /// Works on a batch that Lambda gave up. What cannot be projected of it is set aside as the projection would have.
    async fn failure(&self, message: &Message, deadline: Instant) -> Result<Outcome, NotDone> {
        let failure: Failure = read(message)?;
        let arn = failure.function_arn();
        let name = self.functions.projection(arn);
        let name = name.ok_or_else(|| format!("{arn} is none of the functions in PROJECTION_FUNCTIONS"))?;
        let ReadBack::Whole(records) = self.read_back(&failure.place()).await? else {
            let arrivals = Arrivals {
                first: failure.batch.approximate_arrival_of_first_record,
                last: failure.batch.approximate_arrival_of_last_record,
            };
            return self.reread(name, arrivals, message, deadline).await;
        };
        let done = self.views.work(name, &records, deadline).await?;
        for letter in &done.letters {
            let sent = self.set_aside.send(letter).await;
            sent.map_err(|error| format!("a record cannot be set aside: {error}"))?;
        }
        let (applied, duplicates) = (done.applied, done.duplicates);
        Ok(Outcome::Done { applied, duplicates, set_aside: done.letters.len() as u64 })
    }

    /// Works on a record that a projection set aside.
    async fn letter(&self, message: &Message, deadline: Instant) -> Result<Outcome, NotDone> {
        let letter: Letter = read(message)?;
        let records = match letter.record() {
            Some(record) => vec![record],
            None => match self.read_back(&letter.place()).await? {
                ReadBack::Whole(records) => records,
                ReadBack::Trimmed => {
                    let arrivals = Arrivals { first: letter.arrived_at(), last: letter.arrived_at() };
                    return self.reread(&letter.function, arrivals, message, deadline).await;
                }
            },
        };
        let done = self.views.work(&letter.function, &records, deadline).await?;
        match done.letters.into_iter().next() {
            Some(still) => Err(still.error.into()),
            None => Ok(Outcome::Done { applied: done.applied, duplicates: done.duplicates, set_aside: 0 }),
        }
    }

    async fn read_back(&self, place: &Place) -> Result<ReadBack, NotDone> {
        let read = self.records.read(place).await;
        read.map_err(|error| format!("{error}: {}", error.0).into())
    }

    async fn reread(
        &self,
        name: &str,
        arrivals: Arrivals,
        message: &Message,
        deadline: Instant,
    ) -> Result<Outcome, NotDone> {
        match self.views.reread(name, arrivals, message.attempts().reread, deadline).await? {
            Reread::Whole { applied, duplicates } => Ok(Outcome::Done { applied, duplicates, set_aside: 0 }),
            Reread::Unfinished(reread) => {
                let reason = "the event table is not read to its end yet".to_owned();
                Err(NotDone { reason, reread })
            }
        }
    }
}

impl<R, M, S, Q> Redrive<R, M, S, Q> {
    pub(crate) const fn queue(&self, queue: Queue) -> &M {
        match queue {
            Queue::StreamFailures => &self.stream_failures,
            Queue::DeadLetters => &self.dead_letters,
        }
    }
}

/// What `message` says.
fn read<T: serde::de::DeserializeOwned>(message: &Message) -> Result<T, NotDone> {
    serde_json::from_str(&message.body).map_err(|error| format!("the message cannot be read: {error}").into())
}
