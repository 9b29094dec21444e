//! A dead-letter queue in memory.

use std::pin::Pin;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use event_stream::{DeadLetter, SequenceNumber};
use projection::{DeadLetterQueue, Undelivered};
use serde_json::Value;

type Pending<'a> = Pin<Box<dyn Future<Output = Result<(), Undelivered>> + Send + 'a>>;

/// A dead-letter queue in memory.
#[derive(Debug, Default)]
pub struct InMemoryDeadLetters {
    letters: Mutex<Vec<Value>>,
    fails: AtomicBool,
}

impl DeadLetterQueue for InMemoryDeadLetters {
    fn send<'a>(&'a self, letter: &'a DeadLetter) -> Pending<'a> {
        let kept = if self.fails.load(Ordering::SeqCst) {
            Err(Undelivered("the queue is closed".into()))
        } else {
            self.letters.lock().unwrap().push(serde_json::to_value(letter).unwrap());
            Ok(())
        };
        Box::pin(std::future::ready(kept))
    }
}

impl InMemoryDeadLetters {
    /// Sets whether the queue refuses letters from now on.
    pub fn fail(&self, fails: bool) {
        self.fails.store(fails, Ordering::SeqCst);
    }

    /// Takes the letters since the last call, sorted by sequence number.
    #[must_use]
    pub fn take(&self) -> Vec<Value> {
        let mut letters = std::mem::take(&mut *self.letters.lock().unwrap());
        letters.sort_by_key(|letter| SequenceNumber::new(letter["sequence_number"].as_str().unwrap()));
        letters
    }
}
