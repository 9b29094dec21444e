//! Logs: one line of JSON for each event.

mod line;

use tracing::level_filters::LevelFilter;
use tracing::subscriber::Interest;
use tracing::{Event, Metadata, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::{Context, Filter};

use line::Line;

/// The field of an event that carries [`Metrics`](crate::Metrics); their members become the line's own.
pub(crate) const METRICS: &str = "metrics";

/// The layer that hands each line of `level` or above to `write`, and each that carries metrics at any level.
pub(crate) fn layer<S>(level: LevelFilter, write: impl Fn(&[u8]) + Send + Sync + 'static) -> impl Layer<S>
where
    S: Subscriber + for<'span> tracing_subscriber::registry::LookupSpan<'span>,
{
    Lines { write }.with_filter(Logged(level))
}

struct Lines<W> {
    write: W,
}

impl<S: Subscriber, W: Fn(&[u8]) + 'static> Layer<S> for Lines<W> {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let mut line = Line::of(event.metadata());
        event.record(&mut line);
        (self.write)(&line.end());
    }
}

/// Events of a level or above, and those with metrics, but no spans: these are the other layer's.
struct Logged(LevelFilter);

impl Logged {
    fn takes(&self, metadata: &Metadata<'_>) -> bool {
        metadata.is_event() && (*metadata.level() <= self.0 || metadata.fields().field(METRICS).is_some())
    }
}

impl<S> Filter<S> for Logged {
    fn enabled(&self, metadata: &Metadata<'_>, _: &Context<'_, S>) -> bool {
        self.takes(metadata)
    }

    fn callsite_enabled(&self, metadata: &'static Metadata<'static>) -> Interest {
        if self.takes(metadata) { Interest::always() } else { Interest::never() }
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        Some(self.0.max(LevelFilter::INFO))
    }
}
