//! Running what is asynchronous to its end, with neither a clock nor chance: the same input is the same run.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use es_core::{Clock, TimeAndKeys, Timestamp};
use http_api::Api;
use tokio::runtime::Builder;
use uuid::Uuid;

/// What `work` comes to. Time is paused: a sleeper is woken as soon as nothing else is left to do.
pub(crate) fn for_end_of<F: Future>(work: F) -> F::Output {
    let runtime = Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    runtime.block_on(work)
}

/// The shop's API at one moment, with keys that are counted.
pub(crate) fn api() -> Api {
    commands::api(Arc::new(Counted(AtomicU64::new(1))))
}

/// One moment, and keys that are counted.
#[derive(Debug)]
struct Counted(AtomicU64);

impl Clock for Counted {
    fn now(&self) -> Timestamp {
        Timestamp::from_micros(1_795_000_000_000_000).unwrap()
    }
}

impl TimeAndKeys for Counted {
    fn key(&self) -> Uuid {
        Uuid::from_u128(self.0.fetch_add(1, Ordering::Relaxed).into())
    }
}
