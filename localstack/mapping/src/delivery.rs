//! Delivers one batch until its lane has finished it.
//!
//! | outcome | effect |
//! | --- | --- |
//! | success | checkpoint after the last record |
//! | some records reported as failed | checkpoint before the lowest one; redelivery from that record on |
//! | failure, with bisect | each half is delivered separately, first half first; this uses no retry |
//! | failure | the same records are delivered again after a backoff |
//! | more failures than retries | dead letter to the failure queue, checkpoint after the last record |
//! | record too old | dead letter and checkpoint, without another delivery |
//! | function not invoked (throttled) | the same records are delivered again after a backoff; this uses no retry |
//!
//! The mapping's filters drop records before the first delivery.
//!
//! With [chaos](stack_base::chaos), a successful batch may be delivered again, as if its checkpoint had been lost.
//!
//! A record is too old after the mapping's maximum age, and in any case after the stream's retention period: "With the
//! default settings, a bad record can block processing on the affected shard for up to" that time (Lambda guide,
//! "Retain discarded batch records for a Kinesis Data Streams event source in Lambda").

use bytes::Bytes;
use stack_base::chaos::Fault;
use stack_base::clock::{millis, now_ms};
use stack_base::stop::Stopped;
use stack_kinesis::{Checkpoints, Record};
use stack_lambda::{Invoke, InvokeError};
use stack_sqs::SqsError;
use stack_template::EventSourceMapping;

use super::context::{Context, MappingError, backoff};
use super::event::{LastDelivery, Origin, Reason, event, message};
use super::progress::Progress;
use super::response::{Verdict, verdict};

/// Records that are delivered together, with the history of their deliveries.
struct Part {
    records: Vec<Record>,
    retries: u32,
    last: LastDelivery,
    /// The part already succeeded, and chaos delivers it again.
    is_repeat: bool,
}

/// Delivers the batches of one lane.
pub(super) struct Deliverer<I> {
    pub(super) mapping: EventSourceMapping,
    pub(super) origin: Origin,
    pub(super) context: Context<I>,
    pub(super) checkpoints: Checkpoints,
    pub(super) progress: Progress,
    pub(super) stopped: Stopped,
}

impl<I: Invoke> Deliverer<I> {
    /// Delivers a batch until every record is finished. Returns false if the mapping stops earlier.
    ///
    /// # Errors
    /// [`MappingError`] when a checkpoint cannot be stored.
    pub(super) async fn deliver(&mut self, mut records: Vec<Record>) -> Result<bool, MappingError> {
        let end = records.last().map(|record| record.sequence);
        if let Some(filters) = &self.mapping.filters {
            records.retain(|record| filters.accept(&self.origin.filtered(record)));
        }
        let last_is_dropped = records.last().map(|record| record.sequence) != end;
        let mut parts = vec![Part { records, retries: 0, last: LastDelivery::default(), is_repeat: false }];
        let mut failures = 0;
        while let Some(part) = parts.pop() {
            let Some(mut part) = self.without_expired(part)? else { continue };
            if self.stopped.is_sent() {
                return Ok(false);
            }
            let event = Bytes::from(event(&self.origin, &part.records));
            match self.context.invoker.invoke(&self.mapping.function, event, None).await {
                Ok(invocation) => {
                    part.last.note(&invocation);
                    let reports = self.mapping.reports_batch_item_failures;
                    let identifiers: Vec<String> =
                        part.records.iter().map(|record| self.origin.identifier(record)).collect();
                    let verdict = verdict(&invocation, reports, &identifiers);
                    failures = if verdict == Verdict::Succeeded { 0 } else { failures + 1 };
                    self.progress.note(&verdict);
                    self.follow(verdict, part, &mut parts)?;
                }
                Err(InvokeError::ShuttingDown) => return Ok(false),
                Err(error) => {
                    tracing::warn!(mapping = self.mapping.id, %error, "cannot invoke the function; retrying");
                    self.progress.note(&Verdict::Failed);
                    failures += 1;
                    parts.push(part);
                }
            }
            if failures > 0 && !parts.is_empty() {
                self.rest(failures).await;
            }
        }
        // The mapping moves past dropped records, too.
        if let Some(end) = end.filter(|_| last_is_dropped) {
            self.checkpoints.save(end)?;
        }
        Ok(true)
    }

    fn follow(&self, verdict: Verdict, part: Part, parts: &mut Vec<Part>) -> Result<(), MappingError> {
        match verdict {
            Verdict::Succeeded if !part.is_repeat && self.context.chaos.injects(Fault::Redeliver) => {
                parts.push(Part { is_repeat: true, ..part });
                Ok(())
            }
            Verdict::Succeeded => self.checkpoint_after(&part.records),
            // A stream is read in order, so the records after the lowest failed one are not finished either.
            Verdict::Partly(failed) if failed[0] > 0 => {
                let (finished, rest) = part.records.split_at(failed[0]);
                self.checkpoint_after(finished)?;
                let rest = Part { records: rest.to_vec(), ..part };
                if self.mapping.bisect_on_error {
                    parts.push(rest);
                    return Ok(());
                }
                self.retry(rest, parts)
            }
            Verdict::Failed if self.mapping.bisect_on_error && part.records.len() > 1 => {
                let (first, second) = part.records.split_at(part.records.len() / 2);
                for half in [second, first] {
                    parts.push(Part {
                        records: half.to_vec(),
                        retries: part.retries,
                        last: part.last.clone(),
                        is_repeat: false,
                    });
                }
                Ok(())
            }
            Verdict::Failed | Verdict::Partly(_) => self.retry(part, parts),
        }
    }

    fn retry(&self, mut part: Part, parts: &mut Vec<Part>) -> Result<(), MappingError> {
        if self.mapping.maximum_retries.is_some_and(|most| part.retries >= most) {
            return self.give_up(&part.records, Reason::RetryAttemptsExhausted, &part.last);
        }
        part.retries += 1;
        parts.push(part);
        Ok(())
    }

    /// Sends the leading records that are too old to the failure queue. This relies on a lane's records being in order
    /// of arrival.
    fn without_expired(&self, mut part: Part) -> Result<Option<Part>, MappingError> {
        let retention = self.context.kinesis.retention_ms(&self.mapping.source.record_stream())?;
        let age = self.mapping.maximum_record_age.map_or(retention, |age| millis(age).min(retention));
        let oldest = now_ms() - age;
        let expired = part.records.partition_point(|record| record.arrived_ms < oldest);
        if expired > 0 {
            self.give_up(&part.records[..expired], Reason::RecordAgeExceeded, &part.last)?;
            part.records.drain(..expired);
        }
        Ok((!part.records.is_empty()).then_some(part))
    }

    fn give_up(&self, records: &[Record], reason: Reason, last: &LastDelivery) -> Result<(), MappingError> {
        let mapping = &self.mapping;
        tracing::error!(
            mapping = mapping.id,
            records = records.len(),
            ?reason,
            "the mapping gave up records"
        );
        if let Some(queue) = &mapping.on_failure_queue {
            let body = message(&self.origin, &mapping.function, records, reason, last);
            match self.context.sqs.send(queue, &body, "{}", None) {
                Err(SqsError::Store(error)) => return Err(error.into()),
                Err(error) => tracing::error!(queue, %error, "the failure queue refused a message"),
                Ok(_) => {}
            }
        }
        self.checkpoint_after(records)
    }

    fn checkpoint_after(&self, records: &[Record]) -> Result<(), MappingError> {
        if let Some(last) = records.last() {
            self.checkpoints.save(last.sequence)?;
        }
        Ok(())
    }

    async fn rest(&mut self, failures: u32) {
        tokio::select! {
            () = self.stopped.wait() => {}
            () = tokio::time::sleep(backoff(failures)) => {}
        }
    }
}
