//! What is recorded on spans.

use std::future::Future;
use std::sync::{Arc, Mutex};

use tracing::field::{Field, Visit};
use tracing::instrument::WithSubscriber as _;
use tracing::span::{Attributes, Id, Record};
use tracing::{Dispatch, Subscriber};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt as _};
use tracing_subscriber::registry::{LookupSpan, Registry};

use crate::logged;

/// A value with which a span started, or that was recorded on it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SpanValue {
    /// The span's name.
    pub span: &'static str,
    /// The field's name.
    pub field: &'static str,
    /// The value as text.
    pub value: String,
}

/// Runs the work that `start` starts. Returns its result, and the values of its spans in the order of their recording. A field
/// that gets a value twice occurs twice.
///
/// [`logged`] installs the subscriber of the process. Without that subscriber, another test could disable a span for all
/// tests.
pub async fn recorded_values<T, F: Future<Output = T>>(start: impl FnOnce() -> F) -> (T, Vec<SpanValue>) {
    let values = Values::default();
    let subscriber = Dispatch::new(Registry::default().with(values.clone()));
    // The future of a request to AWS is large, and the calls below would hold several copies of it.
    let work = Box::pin(tracing::dispatcher::with_default(&subscriber, start));
    let (result, _) = logged(work.with_subscriber(subscriber)).await;
    let values = std::mem::take(&mut *values.0.lock().unwrap());
    (result, values)
}

/// Runs `work`. Returns its result, and the capacities that were recorded on its spans, in order and with the names of
/// the spans. A span that gets a capacity twice occurs twice.
pub async fn consumed_capacities<T>(work: impl Future<Output = T>) -> (T, Vec<(&'static str, f64)>) {
    let (result, values) = recorded_values(|| work).await;
    let capacities = values.into_iter().filter(|value| value.field == "aws.dynamodb.consumed_capacity");
    let units = capacities.map(|value| {
        let capacity: serde_json::Value = serde_json::from_str(&value.value).unwrap();
        (value.span, capacity["CapacityUnits"].as_f64().unwrap())
    });
    (result, units.collect())
}

#[derive(Clone, Default)]
struct Values(Arc<Mutex<Vec<SpanValue>>>);

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for Values {
    fn on_new_span(&self, attributes: &Attributes<'_>, _: &Id, _: Context<'_, S>) {
        attributes.record(&mut Fields { span: attributes.metadata().name(), values: self });
    }

    fn on_record(&self, span: &Id, values: &Record<'_>, context: Context<'_, S>) {
        let span = context.span(span).unwrap().name();
        values.record(&mut Fields { span, values: self });
    }
}

struct Fields<'a> {
    span: &'static str,
    values: &'a Values,
}

impl Fields<'_> {
    fn push(&self, field: &Field, value: String) {
        self.values.0.lock().unwrap().push(SpanValue { span: self.span, field: field.name(), value });
    }
}

impl Visit for Fields<'_> {
    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        self.push(field, format!("{value:?}"));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.push(field, value.to_owned());
    }
}
