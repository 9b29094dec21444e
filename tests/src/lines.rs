//! Collects the log lines of the functions from their runner.

use std::fmt::Debug;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tracing::field::{Field, Visit};
use tracing::subscriber::{SetGlobalDefaultError, set_global_default};
use tracing::{Event, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::{Context, SubscriberExt as _};

/// The log lines of all functions of this process. Each line begins with the function's name. Clones share the lines.
#[derive(Debug, Clone, Default)]
pub struct Lines(Arc<Mutex<Vec<String>>>);

impl Lines {
    /// Starts to collect lines.
    pub fn start() -> Result<Self, SetGlobalDefaultError> {
        let lines = Self::default();
        set_global_default(tracing_subscriber::registry().with(lines.clone()))?;
        Ok(lines)
    }

    /// The lines collected so far.
    #[must_use]
    pub fn all(&self) -> Vec<String> {
        self.lines().clone()
    }

    fn lines(&self) -> MutexGuard<'_, Vec<String>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<S: Subscriber> Layer<S> for Lines {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        if event.metadata().target() == "function" {
            event.record(&mut Message(self));
        }
    }
}

struct Message<'l>(&'l Lines);

impl Visit for Message<'_> {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        if field.name() == "message" {
            self.0.lines().push(format!("{value:?}"));
        }
    }
}
