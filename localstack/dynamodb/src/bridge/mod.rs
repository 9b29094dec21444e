//! The change bridge publishes table changes into Kinesis, as `KinesisStreamSpecification` does in AWS.
//!
//! The engine writes each change to the table's outbox in the same transaction as the change itself. The bridge reads
//! the outbox in order, puts each change into the Kinesis stream in AWS's record format, and stores its position in the
//! same transaction as the put. The bridge therefore publishes each change exactly once, even after `kill -9`. AWS only
//! promises at least once. The bridge trims published changes when it has no other work.
//!
//! With [chaos](stack_base::chaos), some records are put twice or behind later records. The stored position then stays
//! before the first change that is not in the stream. A kill therefore loses no change.
//!
//! A mapping that reads the stream of a table (`StreamSpecification`) reads it through a bridge, too. Its records have the
//! form of `DynamoDB` Streams, keep their order and are never put twice. They are kept in a stream that the Kinesis API
//! does not show. The outbox of such a table keeps its changes for 24 hours, for readers of the streams API.
//!
//! Each write through the AWS endpoint wakes the bridge. For other writes, the bridge polls once a second.

mod outbox;
mod record;

use std::time::Duration;

use stack_base::chaos::{Chaos, ChaosSpec, Disorder};
use stack_base::clock::{millis, now_ms};
use stack_base::stop::Stopped;
use stack_base::store::Location;
use stack_kinesis::{Entry, Kinesis};
use stack_template::{EventSource, Stream, Table, TimePrecision};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::{Changes, DynamoDb};

pub use outbox::{BridgeError, Outbox};

/// Maximum number of changes in one put.
const BATCH: usize = 500;
/// Number of published changes after which the bridge trims even while more changes arrive.
const TRIM_AFTER: usize = 2000;
/// Time without changes before the bridge trims. Trimming takes the engine's write lock.
const QUIET: Duration = Duration::from_secs(1);

/// Time for which a table's stream keeps a change (`DynamoDB` guide, "Change data capture for `DynamoDB` Streams").
const STREAM_RETENTION: Duration = Duration::from_hours(24);

/// Form of the published records.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    /// A record of a table in a Kinesis stream.
    Kinesis(TimePrecision),
    /// A record of `DynamoDB` Streams.
    TableStream,
}

/// The stream that holds the records of a table's own stream.
#[must_use]
pub fn table_stream(table: &str) -> Stream {
    let name = EventSource::DynamoDb { table: table.to_owned() }.record_stream();
    Stream { logical_id: table.to_owned(), name, retention: STREAM_RETENTION }
}

/// Publishes one table's changes into its stream.
pub struct Bridge {
    outbox: Outbox,
    kinesis: Kinesis,
    /// Name of the stream.
    stream: String,
    form: Form,
    /// Name under which the position is stored.
    source: String,
    /// Time for which the outbox keeps published changes; `None` if nobody else reads them.
    kept: Option<Duration>,
    /// Position up to which the outbox was read.
    position: i64,
    disorder: Disorder<Entry>,
    untrimmed: usize,
}

impl Bridge {
    /// Opens the bridge of a table into its Kinesis stream at its stored position. Returns `None` for a table without a
    /// Kinesis stream. `has_stream` tells whether a mapping reads the table's own stream, which needs the changes, too.
    ///
    /// # Errors
    /// [`BridgeError`] when the outbox cannot be opened or the stored position cannot be read.
    pub fn open(
        table: &Table,
        engine: &DynamoDb,
        location: &Location,
        kinesis: &Kinesis,
        chaos: &Chaos,
        has_stream: bool,
    ) -> Result<Option<Self>, BridgeError> {
        let Some(target) = &table.change_stream else { return Ok(None) };
        let outbox = Outbox::open(engine.database().clone(), location, &table.name)?;
        let (form, source) = (Form::Kinesis(target.precision), table.name.clone());
        let kept = has_stream.then_some(STREAM_RETENTION);
        Self::new(outbox, kinesis, target.stream.clone(), form, source, kept, chaos).map(Some)
    }

    /// Opens the bridge of a table into the records of its own stream. `streams` has the [`table_stream`] of the table.
    ///
    /// # Errors
    /// [`BridgeError`] when the outbox cannot be opened or the stored position cannot be read.
    pub fn open_table_stream(
        table: &str,
        engine: &DynamoDb,
        location: &Location,
        streams: &Kinesis,
    ) -> Result<Self, BridgeError> {
        let outbox = Outbox::open(engine.database().clone(), location, table)?;
        let (stream, in_order) = (table_stream(table).name, Chaos::new(&ChaosSpec::default()));
        let source = stream.clone();
        Self::new(outbox, streams, stream, Form::TableStream, source, Some(STREAM_RETENTION), &in_order)
    }

    fn new(
        outbox: Outbox,
        kinesis: &Kinesis,
        stream: String,
        form: Form,
        source: String,
        kept: Option<Duration>,
        chaos: &Chaos,
    ) -> Result<Self, BridgeError> {
        let (kinesis, position) = (kinesis.clone(), kinesis.position_of(&source)?);
        let disorder = Disorder::new(chaos.clone());
        Ok(Self { outbox, kinesis, stream, form, source, kept, position, disorder, untrimmed: 0 })
    }

    /// Publishes changes until the stack stops. The task logs failures and retries.
    pub fn start(mut self, changes: &Changes, mut stopped: Stopped) -> JoinHandle<()> {
        let mut wake = changes.listen();
        tokio::spawn(async move {
            while !stopped.is_sent() {
                if let Err(error) = self.publish_all() {
                    tracing::error!(table = self.outbox.table(), %error, "the change bridge failed; retrying");
                }
                tokio::select! {
                    () = stopped.wait() => return,
                    () = self.rest(&mut wake) => {}
                }
            }
        })
    }

    /// Publishes all new changes, then the records that an earlier call held back.
    ///
    /// # Errors
    /// [`BridgeError`]; the next call reads the unpublished changes again.
    fn publish_all(&mut self) -> Result<(), BridgeError> {
        let due = self.disorder.held();
        while let changes = self.outbox.read(self.position, BATCH)?
            && let Some(last) = changes.last().map(|change| change.position)
        {
            let mut entries = Vec::with_capacity(changes.len());
            for change in &changes {
                let entry = match self.form {
                    Form::Kinesis(precision) => record::entry(change, self.outbox.table(), precision),
                    Form::TableStream => Some(record::stream_entry(change)),
                };
                entries.extend(entry.and_then(|entry| self.disorder.pass(change.position, entry)));
            }
            self.put(&entries, self.disorder.complete_to(last, 0))?;
            self.position = last;
            self.untrimmed += changes.len();
            if self.untrimmed >= TRIM_AFTER {
                self.trim()?;
            }
        }
        if due > 0 {
            self.put(&self.disorder.first(due), self.disorder.complete_to(self.position, due))?;
            self.disorder.forget(due);
        }
        Ok(())
    }

    /// Puts records, and stores the position up to which every change is in the stream.
    fn put(&self, entries: &[Entry], complete_to: i64) -> Result<(), BridgeError> {
        self.kinesis.put_from(&self.stream, entries, &self.source, complete_to)?;
        Ok(())
    }

    /// Waits until a write wakes the bridge or the quiet time is over. After the quiet time, it trims.
    async fn rest(&mut self, wake: &mut watch::Receiver<()>) {
        if tokio::time::timeout(QUIET, wake.changed()).await.is_ok() || self.untrimmed == 0 {
            return;
        }
        if let Err(error) = self.trim() {
            tracing::warn!(table = self.outbox.table(), %error, "cannot trim published changes; retrying later");
        }
    }

    fn trim(&mut self) -> Result<(), BridgeError> {
        // A position is a time in microseconds.
        let expired =
            self.kept.map_or(i64::MAX, |kept| now_ms().saturating_sub(millis(kept)).saturating_mul(1000));
        self.outbox.trim(self.disorder.complete_to(self.position, 0).min(expired))?;
        self.untrimmed = 0;
        Ok(())
    }
}

#[cfg(test)]
mod tests;
