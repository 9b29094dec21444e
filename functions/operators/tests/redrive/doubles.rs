//! Test doubles: a queue and a stream in memory.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use event_stream::{Batch, Record, RecordRange};
use operators::redrive::{MessageQueue, QueueError, QueueMessage, ReadBack, RecordSource, SourceError};
use projection::MAX_MESSAGE_BYTES;
use serde_json::Value;
use tokio::time::sleep;

/// A queue that hides received messages until they are put back. Clones share their messages.
#[derive(Debug, Clone, Default)]
pub(crate) struct InMemoryQueue {
    /// The id and the body of each message.
    shown: Arc<Mutex<Vec<(String, String)>>>,
    hidden: Arc<Mutex<BTreeMap<String, String>>>,
    sent: Arc<AtomicUsize>,
    /// The operations that fail next.
    failing: Arc<Mutex<Vec<Operation>>>,
    /// How long each call of an operation takes.
    slow: Arc<Mutex<BTreeMap<Operation, Duration>>>,
}

/// An operation of the queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Operation {
    Send,
    Delete,
    PutBack,
}

impl InMemoryQueue {
    /// Sends a message and returns its id.
    pub(crate) fn send(&self, body: &Value) -> String {
        self.push(body.to_string())
    }

    /// Deletes all visible messages.
    pub(crate) fn clear(&self) {
        self.shown.lock().unwrap().clear();
    }

    /// The bodies of the visible messages.
    pub(crate) fn shown(&self) -> Vec<Value> {
        let shown = self.shown.lock().unwrap();
        shown
            .iter()
            .map(|(_, body)| serde_json::from_str(body).unwrap_or_else(|_| body.clone().into()))
            .collect()
    }

    /// The number of hidden messages.
    pub(crate) fn hidden(&self) -> usize {
        self.hidden.lock().unwrap().len()
    }

    /// Lets the next call of each of `operations` fail.
    pub(crate) fn fail(&self, operations: &[Operation]) {
        self.failing.lock().unwrap().extend(operations);
    }

    /// Lets each call of `operation` take `time` from now on.
    pub(crate) fn slow_down(&self, operation: Operation, time: Duration) {
        self.slow.lock().unwrap().insert(operation, time);
    }

    async fn try_operation(&self, operation: Operation) -> Result<(), QueueError> {
        let time = self.slow.lock().unwrap().get(&operation).copied();
        if let Some(time) = time {
            sleep(time).await;
        }
        let mut failing = self.failing.lock().unwrap();
        match failing.iter().position(|next| *next == operation) {
            Some(index) => {
                failing.remove(index);
                Err(QueueError("the queue is closed".into()))
            }
            None => Ok(()),
        }
    }

    fn push(&self, body: String) -> String {
        let id = format!("message-{}", self.sent.fetch_add(1, Ordering::SeqCst));
        self.shown.lock().unwrap().push((id.clone(), body));
        id
    }

    fn take_hidden(&self, message: &QueueMessage) -> String {
        self.hidden.lock().unwrap().remove(&message.receipt).unwrap()
    }
}

impl MessageQueue for InMemoryQueue {
    async fn receive(&self, max: usize) -> Result<Vec<QueueMessage>, QueueError> {
        let mut shown = self.shown.lock().unwrap();
        let number = max.min(shown.len());
        let mut hidden = self.hidden.lock().unwrap();
        let taken = shown.drain(..number).map(|(id, body)| {
            let receipt = format!("receipt of {id}");
            hidden.insert(receipt.clone(), body.clone());
            QueueMessage { id, receipt, body }
        });
        Ok(taken.collect())
    }

    async fn delete(&self, message: &QueueMessage) -> Result<(), QueueError> {
        self.try_operation(Operation::Delete).await?;
        self.take_hidden(message);
        Ok(())
    }

    async fn put_back(&self, message: &QueueMessage) -> Result<(), QueueError> {
        self.try_operation(Operation::PutBack).await?;
        let body = self.take_hidden(message);
        self.shown.lock().unwrap().push((message.id.clone(), body));
        Ok(())
    }

    async fn send(&self, body: &str) -> Result<(), QueueError> {
        self.try_operation(Operation::Send).await?;
        assert!(body.len() <= MAX_MESSAGE_BYTES, "SQS refuses a message of {} bytes", body.len());
        assert!(!body.contains(['\u{fffe}', '\u{ffff}']), "SQS refuses these characters");
        self.push(body.to_owned());
        Ok(())
    }
}

/// A stream with one shard that retains the given records.
#[derive(Debug, Clone, Default)]
pub(crate) struct InMemoryRecords(Arc<Mutex<Vec<Record>>>);

impl InMemoryRecords {
    pub(crate) fn retain(&self, batch: Batch) {
        *self.0.lock().unwrap() = batch.records;
    }
}

impl RecordSource for InMemoryRecords {
    async fn read(&self, range: &RecordRange) -> Result<ReadBack, SourceError> {
        if range.shard != "shardId-000000000002" {
            return Err(SourceError("there is no such shard".into()));
        }
        let records = self.0.lock().unwrap();
        let within = |record: &&Record| record.sequence >= range.first && record.sequence <= range.last;
        let found: Vec<_> = records.iter().filter(within).cloned().collect();
        let is_whole = found.first().is_some_and(|record| record.sequence == range.first);
        Ok(if is_whole { ReadBack::Whole(found) } else { ReadBack::Trimmed })
    }
}
