//! Running what is asynchronous to its end, without waiting for a clock.

use std::future::Future;

use tokio::runtime::Builder;

/// What `work` comes to. Time is paused: whoever sleeps is woken as soon as nothing else is left to do.
pub(crate) fn for_end_of<F: Future>(work: F) -> F::Output {
    Builder::new_current_thread().enable_time().start_paused(true).build().unwrap().block_on(work)
}
