//! The way of the records of asynchronous invocations to their queues.

use std::fmt;
use std::sync::Arc;

/// Sends a record to a queue. The arguments are the queue's name and the record.
type SendRecord = dyn Fn(&str, &str) + Send + Sync;

/// Sends the records of events to queues. Clones share the connection.
#[derive(Clone)]
pub struct RecordSender(Arc<SendRecord>);

impl RecordSender {
    /// A sender that calls `send` with the name of a queue and a record.
    pub fn new(send: impl Fn(&str, &str) + Send + Sync + 'static) -> Self {
        Self(Arc::new(send))
    }

    pub(super) fn send(&self, queue: &str, record: &str) {
        (self.0)(queue, record);
    }
}

impl fmt::Debug for RecordSender {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("RecordSender")
    }
}
