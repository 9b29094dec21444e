//! The spans of attempts.
#![cfg(test)]

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::sync::{Arc, Mutex};

use aws_client::{ATTEMPT_TIMEOUT, config_from};
use aws_sdk_dynamodb::Client;
use serde_json::json;
use testing::dynamodb::{Fault, Faults};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Subscriber, subscriber};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt};
use tracing_subscriber::registry::{LookupSpan, Registry};

type Fields = BTreeMap<&'static str, String>;

/// The fields of all finished spans, in the order in which the spans ended.
#[derive(Clone, Default)]
struct Ended(Arc<Mutex<Vec<Fields>>>);

struct Open(Fields);

impl Visit for Open {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.0.insert(field.name(), format!("{value:?}").trim_matches('"').to_owned());
    }
}

impl<S: Subscriber + for<'span> LookupSpan<'span>> Layer<S> for Ended {
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let mut open = Open(Fields::new());
        attributes.record(&mut open);
        context.span(id).unwrap().extensions_mut().insert(open);
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, context: Context<'_, S>) {
        if let Some(open) = context.span(id).unwrap().extensions_mut().get_mut::<Open>() {
            values.record(open);
        }
    }

    fn on_close(&self, id: Id, context: Context<'_, S>) {
        let Open(fields) = context.span(&id).unwrap().extensions_mut().remove::<Open>().unwrap();
        // The SDK also makes spans for its own debugging, which the test ignores.
        if fields.contains_key("rpc.system.name") {
            self.0.lock().unwrap().push(fields);
        }
    }
}

/// The spans of one request that meets the faults of `script`.
async fn spans(script: impl IntoIterator<Item = Fault>) -> Vec<Fields> {
    let optional = ["AWS_ENDPOINT_URL", "AWS_CA_BUNDLE"];
    let config = config_from(|name| (!optional.contains(&name)).then(|| "eu-west-1".to_owned())).unwrap();
    let faults = Faults::default();
    faults.script(script);
    let http = faults.around(config.http_client().unwrap());
    let client: Client = aws_client::dynamodb(&config.into_builder().http_client(http).build());
    let ended = Ended::default();
    let _taken = subscriber::set_default(Registry::default().with(ended.clone()));
    client.list_tables().send().await.ok();
    ended.0.lock().unwrap().clone()
}

fn answer() -> Fault {
    Fault::Answered { status: 200, body: json!({ "TableNames": [] }) }
}

fn without<'a>(span: &'a Fields, names: &[&str]) -> Vec<(&'static str, &'a str)> {
    let others = span.iter().filter(|(name, _)| !names.contains(name));
    others.map(|(name, value)| (*name, value.as_str())).collect()
}

#[tokio::test(start_paused = true)]
async fn the_span_of_an_attempt_has_the_request_the_server_and_the_response() {
    let spans = spans([answer()]).await;
    let expected = [
        ("http.request.method", "POST"),
        ("http.response.status_code", "200"),
        ("otel.kind", "client"),
        ("otel.name", "DynamoDB.ListTables"),
        ("rpc.method", "DynamoDB/ListTables"),
        ("rpc.system.name", "aws-api"),
        ("server.address", "dynamodb.eu-west-1.amazonaws.com"),
        ("server.port", "443"),
    ];
    assert_eq!(spans.len(), 1);
    assert_eq!(without(&spans[0], &["aws.request_id"]), expected);
}

#[tokio::test(start_paused = true)]
async fn each_attempt_has_a_span_with_the_reason_of_its_failure() {
    let spans = spans([Fault::Throttled, Fault::NotSent, answer()]).await;
    let told = |span: &Fields| {
        let value = |name| span.get(name).cloned().unwrap_or_default();
        (value("http.request.resend_count"), value("error.type"), value("otel.status_code"))
    };
    let told: Vec<_> = spans.iter().map(told).collect();
    let expected = [("", "400", "error"), ("1", "connection", "error"), ("2", "", "")];
    let expected =
        expected.map(|(count, kind, status)| (count.to_owned(), kind.to_owned(), status.to_owned()));
    assert_eq!(told, expected);
}

#[tokio::test(start_paused = true)]
async fn an_attempt_without_a_response_ends_with_its_timeout() {
    let spans = spans([Fault::Delayed(ATTEMPT_TIMEOUT * 2), answer()]).await;
    assert_eq!(spans[0]["error.type"], "timeout");
    assert!(!spans[0].contains_key("http.response.status_code"));
    assert_eq!(spans.len(), 2);
}

/// A proxy can answer in the place of the service.
#[tokio::test(start_paused = true)]
async fn an_unreadable_response_is_neither_a_refusal_nor_a_failed_connection() {
    let unreadable = Fault::Answered { status: 200, body: json!("not an object") };
    let spans = spans([unreadable, answer()]).await;
    let names = ["error.type", "http.response.status_code", "otel.status_code"];
    assert_eq!(names.map(|name| spans[0][name].as_str()), ["_OTHER", "200", "error"]);
}
