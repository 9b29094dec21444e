//! A dead-letter queue in memory.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use event_stream::SequenceNumber;
use projection::{DeadLetter, DeadLetterQueue, Undelivered};
use serde_json::Value;

/// A dead-letter queue in memory.
#[derive(Debug, Default)]
pub struct InMemoryDeadLetters {
    letters: Mutex<Vec<Value>>,
    fails: AtomicBool,
}

impl DeadLetterQueue for InMemoryDeadLetters {
    async fn send(&self, letter: &DeadLetter<'_>) -> Result<(), Undelivered> {
        if self.fails.load(Ordering::SeqCst) {
            return Err(Undelivered("the queue is closed".into()));
        }
        self.letters.lock().unwrap().push(serde_json::from_str(&letter.message(usize::MAX)).unwrap());
        Ok(())
    }
}

impl InMemoryDeadLetters {
    /// Whether it refuses letters from now on.
    pub fn fail(&self, fails: bool) {
        self.fails.store(fails, Ordering::SeqCst);
    }

    /// The letters since the last call, by sequence number.
    #[must_use]
    pub fn take(&self) -> Vec<Value> {
        let mut letters = std::mem::take(&mut *self.letters.lock().unwrap());
        letters.sort_by_key(|letter| SequenceNumber::new(letter["sequence_number"].as_str().unwrap()));
        letters
    }
}
