//! Running what is asynchronous to its end, with neither a clock nor chance: the same input is the same run.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use http_api::{Source, with_source};
use tokio::runtime::Builder;
use uuid::Uuid;

/// What `work` comes to. Time is paused: whoever sleeps is woken as soon as nothing else is left to do.
pub(crate) fn for_end_of<F: Future>(work: F) -> F::Output {
    let runtime = Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    runtime.block_on(with_source(Arc::new(Counted(AtomicU64::new(1))), work))
}

/// One moment, and keys that are counted.
#[derive(Debug)]
struct Counted(AtomicU64);

impl Source for Counted {
    fn now(&self) -> SystemTime {
        UNIX_EPOCH + Duration::from_secs(1_795_000_000)
    }

    fn key(&self) -> Uuid {
        Uuid::from_u128(self.0.fetch_add(1, Ordering::Relaxed).into())
    }
}
