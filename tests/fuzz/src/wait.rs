//! Runs asynchronous code to its end without a real clock and without randomness. The same input always gives the same
//! run.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use es_core::{Clock, TimeAndKeys, Timestamp};
use http_api::Api;
use tokio::runtime::Builder;
use uuid::Uuid;

/// Runs `work` and returns its result. The clock is paused and advances when all tasks sleep.
pub(crate) fn for_end_of<F: Future>(work: F) -> F::Output {
    let runtime = Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    runtime.block_on(work)
}

/// The shop's API with a fixed time and numbered keys.
pub(crate) fn api() -> Api {
    commands::api(Arc::new(NumberedKeys(AtomicU64::new(1))))
}

/// A source with a fixed time and numbered keys.
#[derive(Debug)]
struct NumberedKeys(AtomicU64);

impl Clock for NumberedKeys {
    fn now(&self) -> Timestamp {
        Timestamp::from_micros(1_795_000_000_000_000).unwrap()
    }
}

impl TimeAndKeys for NumberedKeys {
    fn key(&self) -> Uuid {
        Uuid::from_u128(self.0.fetch_add(1, Ordering::Relaxed).into())
    }
}
