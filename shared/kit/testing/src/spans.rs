//! The consumed capacity that is recorded on spans.

use std::future::Future;
use std::sync::{Arc, Mutex};

use tracing::field::{Field, Visit};
use tracing::instrument::WithSubscriber as _;
use tracing::span::{Id, Record};
use tracing::{Dispatch, Subscriber};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt as _};
use tracing_subscriber::registry::{LookupSpan, Registry};

/// Runs `work`. Returns its result, and the capacities that were recorded on its spans, in order and with the names of
/// the spans. A span that gets a capacity twice occurs twice.
pub async fn consumed_capacities<T>(work: impl Future<Output = T>) -> (T, Vec<(&'static str, f64)>) {
    let capacities = Capacities::default();
    let subscriber = Dispatch::new(Registry::default().with(capacities.clone()));
    let result = work.with_subscriber(subscriber).await;
    let capacities = std::mem::take(&mut *capacities.0.lock().unwrap());
    (result, capacities)
}

#[derive(Clone, Default)]
struct Capacities(Arc<Mutex<Vec<(&'static str, f64)>>>);

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for Capacities {
    fn on_record(&self, span: &Id, values: &Record<'_>, context: Context<'_, S>) {
        let name = context.span(span).unwrap().name();
        values.record(&mut Units { name, capacities: self });
    }
}

struct Units<'a> {
    name: &'static str,
    capacities: &'a Capacities,
}

impl Visit for Units<'_> {
    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        if field.name() == "aws.dynamodb.consumed_capacity" {
            let capacity: serde_json::Value = serde_json::from_str(&format!("{value:?}")).unwrap();
            let units = capacity["CapacityUnits"].as_f64().unwrap();
            self.capacities.0.lock().unwrap().push((self.name, units));
        }
    }
}
