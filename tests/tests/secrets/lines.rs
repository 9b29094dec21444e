//! What functions log, line by line, as their runner passes it on.

use std::fmt::Debug;
use std::sync::{Arc, Mutex};

use tracing::field::{Field, Visit};
use tracing::{Event, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::{Context, SubscriberExt as _};

/// The lines that all functions of this process have logged so far; clones share them.
#[derive(Debug, Clone, Default)]
pub(crate) struct Lines(Arc<Mutex<Vec<String>>>);

impl Lines {
    /// Keeps every line from now on.
    pub(crate) fn start() -> Self {
        let lines = Self::default();
        let subscriber = tracing_subscriber::registry().with(lines.clone());
        tracing::subscriber::set_global_default(subscriber).expect("the first subscriber");
        lines
    }

    pub(crate) fn all(&self) -> Vec<String> {
        self.0.lock().expect("lines").clone()
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
            self.0.0.lock().expect("lines").push(format!("{value:?}"));
        }
    }
}
