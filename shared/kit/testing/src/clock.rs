//! A clock that a test sets.

use std::sync::Arc;

use es_core::{Clock, TimeAndKeys, Timestamp};
use uuid::Uuid;

/// A clock that always returns the same time. Its keys are random.
#[derive(Debug, Clone, Copy)]
pub struct StoppedClock(pub Timestamp);

impl StoppedClock {
    /// A clock at the start of 2027, which is later than any sample event.
    #[must_use]
    pub fn shared() -> Arc<dyn Clock> {
        Arc::new(Self(Timestamp::from_micros(1_798_761_600_000_000).unwrap()))
    }
}

impl Clock for StoppedClock {
    fn now(&self) -> Timestamp {
        self.0
    }
}

impl TimeAndKeys for StoppedClock {
    fn key(&self) -> Uuid {
        Uuid::new_v4()
    }
}
