//! A queue of Amazon SQS. It delivers a message at least once and hides the message while a consumer works on it.

use std::sync::Mutex;

/// A queue and its messages, hidden ones included.
#[derive(Debug, Default)]
pub(crate) struct Queue(Mutex<QueueState>);

#[derive(Debug, Default)]
struct QueueState {
    messages: Vec<StoredMessage>,
    /// The number of messages that were sent. The next id follows from it.
    sent: u64,
    /// The number of deliveries. The next receipt handle follows from it.
    deliveries: u64,
}

/// A message and the receipt handle of its last delivery.
#[derive(Debug, Clone)]
pub(crate) struct StoredMessage {
    pub(crate) id: String,
    pub(crate) receipt: String,
    pub(crate) body: String,
    /// The end of the visibility timeout, in milliseconds of the simulation's clock.
    hidden_until: u64,
}

impl Queue {
    /// Stores a message.
    pub(crate) fn send(&self, body: String) {
        let mut state = self.0.lock().unwrap();
        state.sent += 1;
        let id = format!("message-{}", state.sent);
        state.messages.push(StoredMessage { id, receipt: String::new(), body, hidden_until: 0 });
    }

    /// Delivers up to `max` messages that are visible at `now`, oldest first. `hidden_until` returns the end of the
    /// visibility timeout of the next message.
    pub(crate) fn receive(
        &self,
        max: usize,
        now: u64,
        mut hidden_until: impl FnMut() -> u64,
    ) -> Vec<StoredMessage> {
        let mut state = self.0.lock().unwrap();
        let QueueState { messages, deliveries, .. } = &mut *state;
        let visible = messages.iter_mut().filter(|message| message.hidden_until <= now);
        let delivered = visible.take(max).map(|message| {
            *deliveries += 1;
            message.receipt = format!("receipt-{deliveries}");
            message.hidden_until = hidden_until();
            message.clone()
        });
        delivered.collect()
    }

    /// Deletes a message. A receipt handle that is not the one of the last delivery deletes nothing.
    pub(crate) fn delete(&self, receipt: &str) {
        self.0.lock().unwrap().messages.retain(|message| message.receipt != receipt);
    }

    /// Makes a message visible, if `receipt` is the handle of its last delivery.
    pub(crate) fn put_back(&self, receipt: &str) {
        let mut state = self.0.lock().unwrap();
        if let Some(message) = state.messages.iter_mut().find(|message| message.receipt == receipt) {
            message.hidden_until = 0;
        }
    }

    /// The number of messages that were ever sent.
    pub(crate) fn sent(&self) -> u64 {
        self.0.lock().unwrap().sent
    }

    /// Deletes all messages.
    pub(crate) fn clear(&self) {
        self.0.lock().unwrap().messages.clear();
    }

    /// The bodies of all messages.
    pub(crate) fn bodies(&self) -> Vec<String> {
        self.0.lock().unwrap().messages.iter().map(|message| message.body.clone()).collect()
    }
}
