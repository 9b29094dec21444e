//! What no request can say of itself: the time of day, and a key that no other request has.
//!
//! The machine gives both. Whoever runs handlers in a world of its own, as the simulation does, gives them from there.

use std::sync::Arc;
use std::time::SystemTime;

use uuid::Uuid;

tokio::task_local! {
    static CURRENT: Arc<dyn Source>;
}

/// Where the time of day and keys come from.
pub trait Source: Send + Sync {
    /// The time of day.
    fn now(&self) -> SystemTime;

    /// A key that no other request has.
    fn key(&self) -> Uuid;
}

/// `work`, in which requests take their time and their keys from `source` instead of the machine.
pub async fn with_source<F: Future>(source: Arc<dyn Source>, work: F) -> F::Output {
    CURRENT.scope(source, work).await
}

/// The time of day.
pub(crate) fn now() -> SystemTime {
    CURRENT.try_with(|source| source.now()).unwrap_or_else(|_| SystemTime::now())
}

/// A key that no other request has.
pub(crate) fn key() -> Uuid {
    CURRENT.try_with(|source| source.key()).unwrap_or_else(|_| Uuid::now_v7())
}
