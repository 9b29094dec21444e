//! The change bridge: what `KinesisStreamSpecification` does in AWS.
//!
//! The engine keeps a table's changes in its outbox, written in the same transaction as the change itself. The
//! bridge reads the outbox in order, puts each change into the Kinesis stream as AWS's record, and remembers its
//! position in the same transaction as the put. A change is so published exactly once by the bridge, also across
//! `kill -9`; AWS promises only at least once. Read changes are trimmed when nothing else is to be done.
//!
//! With [chaos](stack_base::chaos) some records are put twice or behind later ones; then the stored position stays before the
//! first change that is not in the stream, so that a kill loses none.
//!
//! It is woken by each write that passes the AWS endpoint, and looks by itself once a second for any other.

mod outbox;
mod record;

use std::time::Duration;

use stack_base::chaos::{Chaos, Disorder};
use stack_base::stop::Stopped;
use stack_base::store::Location;
use stack_kinesis::{Entry, Kinesis};
use stack_template::{ChangeStream, Table};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::{Changes, DynamoDb};

pub use outbox::{BridgeError, Outbox};

/// Most changes of one put.
const BATCH: usize = 500;
/// Published changes that are trimmed although more are coming.
const TRIM_AFTER: usize = 2000;
/// Quiet time before published changes are trimmed: a trim takes the engine's write lock.
const QUIET: Duration = Duration::from_secs(1);

/// Publishes one table's changes into its stream.
pub struct Bridge {
    outbox: Outbox,
    kinesis: Kinesis,
    target: ChangeStream,
    /// How far the outbox was read.
    position: i64,
    disorder: Disorder<Entry>,
    untrimmed: usize,
}

impl Bridge {
    /// The bridge of a table, from where it last stopped; `None` for a table without a stream.
    ///
    /// # Errors
    /// [`BridgeError`].
    pub fn open(
        table: &Table,
        engine: &DynamoDb,
        location: &Location,
        kinesis: &Kinesis,
        chaos: &Chaos,
    ) -> Result<Option<Self>, BridgeError> {
        let Some(target) = table.change_stream.clone() else { return Ok(None) };
        let outbox = Outbox::open(engine.database().clone(), location, &table.name)?;
        let position = kinesis.position_of(&table.name)?;
        let disorder = Disorder::new(chaos.clone());
        Ok(Some(Self { outbox, kinesis: kinesis.clone(), target, position, disorder, untrimmed: 0 }))
    }

    /// Publishes until the stack stops; a failure is logged and tried again.
    pub fn start(mut self, changes: &Changes, mut stopped: Stopped) -> JoinHandle<()> {
        let mut wake = changes.listen();
        tokio::spawn(async move {
            while !stopped.is_given() {
                if let Err(error) = self.publish_all() {
                    tracing::error!(table = self.outbox.table(), %error, "the change bridge failed; trying again");
                }
                tokio::select! {
                    () = stopped.wait() => return,
                    () = self.rest(&mut wake) => {}
                }
            }
        })
    }

    /// Publishes every change there is, and then what was held back before.
    ///
    /// # Errors
    /// [`BridgeError`]; what was not published is read again next time.
    fn publish_all(&mut self) -> Result<(), BridgeError> {
        let due = self.disorder.held();
        while let changes = self.outbox.read(self.position, BATCH)?
            && let Some(last) = changes.last().map(|change| change.position)
        {
            let mut entries = Vec::with_capacity(changes.len());
            for change in &changes {
                let entry = record::entry(change, self.outbox.table(), self.target.precision);
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

    /// Puts records, and stores up to where every change is in the stream.
    fn put(&self, entries: &[Entry], complete_to: i64) -> Result<(), BridgeError> {
        self.kinesis.put_from(&self.target.stream, entries, self.outbox.table(), complete_to)?;
        Ok(())
    }

    /// Waits for a wake-up; after a quiet time it trims and returns to look by itself.
    async fn rest(&mut self, wake: &mut watch::Receiver<()>) {
        if tokio::time::timeout(QUIET, wake.changed()).await.is_ok() || self.untrimmed == 0 {
            return;
        }
        if let Err(error) = self.trim() {
            tracing::warn!(table = self.outbox.table(), %error, "published changes were not trimmed");
        }
    }

    fn trim(&mut self) -> Result<(), BridgeError> {
        self.outbox.trim(self.disorder.complete_to(self.position, 0))?;
        self.untrimmed = 0;
        Ok(())
    }
}

#[cfg(test)]
mod tests;
