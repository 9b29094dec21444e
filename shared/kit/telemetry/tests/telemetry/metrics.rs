//! Metrics in a log line, in the format that `CloudWatch` reads.
//!
//! The rules are from the CloudWatch User Guide, "Specification: Embedded metric format".

use std::collections::BTreeSet;
use std::panic::catch_unwind;

use jsonschema::validator_for;
use serde_json::{Value, json};
use telemetry::{MAX_SAMPLES, Metric, Metrics};

use crate::function::Function;
use crate::lines::{lines_of, lines_with};

const COMMANDS: Metric = Metric::count("Commands");
const CONFLICTS: Metric = Metric::count("Conflicts");
const LAG: Metric = Metric::milliseconds("Lag");

/// The log line with `metrics`.
fn line(metrics: &Metrics) -> Value {
    let lines = lines_of("info", || tracing::info!(metrics = metrics.field(), "counted"));
    let [line] = lines.try_into().unwrap();
    line
}

fn specification() -> Value {
    let name = json!({ "type": "string", "minLength": 1, "maxLength": 1024 });
    json!({
        "type": "object", "required": ["Timestamp", "CloudWatchMetrics"], "additionalProperties": false,
        "properties": {
            "Timestamp": { "type": "integer", "minimum": 1_600_000_000_000_u64, "maximum": 32_503_680_000_000_u64 },
            "CloudWatchMetrics": { "type": "array", "minItems": 1, "items": {
                "type": "object", "required": ["Namespace", "Dimensions", "Metrics"], "additionalProperties": false,
                "properties": {
                    "Namespace": { "type": "string", "pattern": "^[0-9A-Za-z.\\-_/#:]{1,255}$", "not": { "pattern": "^AWS/" } },
                    "Dimensions": { "type": "array", "minItems": 1, "items": {
                        "type": "array", "maxItems": 30, "uniqueItems": true,
                        "items": { "type": "string", "minLength": 1, "maxLength": 250 },
                    } },
                    "Metrics": { "type": "array", "minItems": 1, "maxItems": 100, "items": {
                        "type": "object", "required": ["Name", "Unit"], "additionalProperties": false,
                        "properties": { "Name": name, "Unit": { "enum": ["Count", "Milliseconds"] } },
                    } },
                },
            } },
        },
    })
}

fn assert_specified(line: &Value) {
    let errors: Vec<_> = validator_for(&specification())
        .unwrap()
        .iter_errors(&line["_aws"])
        .map(|error| error.to_string())
        .collect();
    assert!(errors.is_empty(), "{errors:?} in {line}");
    for directive in line["_aws"]["CloudWatchMetrics"].as_array().unwrap() {
        for dimension in
            directive["Dimensions"].as_array().unwrap().iter().flat_map(|set| set.as_array().unwrap())
        {
            let value = line[dimension.as_str().unwrap()].as_str().unwrap();
            assert!((1..=1024).contains(&value.len()));
        }
        for metric in directive["Metrics"].as_array().unwrap() {
            let value = &line[metric["Name"].as_str().unwrap()];
            let samples = value.as_array().map_or(1, Vec::len);
            assert!((1..=MAX_SAMPLES).contains(&samples), "{metric} has {samples} samples");
            assert!(value.is_u64() || value.as_array().unwrap().iter().all(Value::is_u64));
        }
    }
}

#[test]
fn metrics_are_a_text_for_a_subscriber_that_does_not_know_them() {
    assert_eq!(Metrics::for_operation("echo").field().to_string(), "metrics of echo");
}

#[test]
fn every_metric_is_a_member_that_the_metadata_declares() {
    let counted = [CONFLICTS, Metric::count("EventsAppended"), Metric::count("ColdStarts")];
    let metrics = Metrics::for_operation("open-account")
        .outcome(COMMANDS, "accepted")
        .samples(LAG, &(0..1000).collect::<Vec<_>>());
    let metrics = counted.into_iter().fold(metrics, |metrics, metric| metrics.count(metric, 3));
    let line = line(&metrics);
    assert_specified(&line);
    assert!(counted.iter().all(|metric| line[metric.name()] == 3));
    assert_eq!(line["Lag"].as_array().unwrap().len(), MAX_SAMPLES);
    let directives = line["_aws"]["CloudWatchMetrics"].as_array().unwrap();
    assert!(directives.iter().all(|directive| directive["Namespace"] == "example"));
    assert_eq!(line["outcome"], "accepted");
    let (by_operation, total) = (json!(["operation"]), json!([]));
    assert_eq!(
        directives[0]["Dimensions"],
        json!([["operation", "outcome"], ["outcome"], by_operation, total])
    );
    assert_eq!(directives[0]["Metrics"], json!([{ "Name": "Commands", "Unit": "Count" }]));
    assert_eq!(directives[1]["Dimensions"], json!([by_operation, total]));
    let others = directives[1]["Metrics"].as_array().unwrap();
    assert_eq!(others.len(), counted.len() + 1);
    assert!(others.contains(&json!({ "Name": "Lag", "Unit": "Milliseconds" })));
}

#[test]
fn metrics_are_in_the_given_namespace() {
    for (given, expected) in [("shop/dev", "shop/dev"), ("", "example"), ("AWS/Lambda", "example")] {
        let lines = lines_with(&[("METRICS_NAMESPACE", given)], || {
            tracing::info!(metrics = Metrics::for_operation("echo").count(COMMANDS, 1).field(), "counted");
        });
        let line = lines.last().unwrap();
        assert_specified(line);
        assert_eq!(line["_aws"]["CloudWatchMetrics"][0]["Namespace"], expected, "{given}");
    }
}

#[test]
fn a_metric_of_zero_is_left_out_and_a_metric_counted_twice_is_one_member() {
    let nothing = Metrics::for_operation("get-account").count(CONFLICTS, 0).samples(LAG, &[]);
    let (nothing, expected) = (line(&nothing), ["level", "message", "operation", "timestamp"]);
    let members: BTreeSet<_> = nothing.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(members, BTreeSet::from(expected));
    let twice = Metrics::for_operation("projection").count(CONFLICTS, 2).count(CONFLICTS, 3);
    assert_specified(&line(&twice));
    assert_eq!(line(&twice)["Conflicts"], 5);
    assert_eq!(
        line(&twice).to_string().matches("Conflicts").count(),
        2,
        "the name must occur once as a member and once in the declaration"
    );
}

#[test]
fn success_is_recorded_as_a_zero_because_the_average_must_be_the_share_of_failures() {
    const FAILED: Metric = Metric::count("FailedRequests");
    for (has_failed, value) in [(false, 0), (true, 1)] {
        let line = line(&Metrics::for_operation("get-account").failed(FAILED, has_failed));
        assert_specified(&line);
        assert_eq!(line["FailedRequests"], value);
        assert_eq!(line["_aws"]["CloudWatchMetrics"][0]["Dimensions"], json!([["operation"], []]));
    }
}

#[test]
fn a_name_with_any_characters_is_escaped() {
    let line = line(&Metrics::for_operation("get\u{200b}\"}{").outcome(COMMANDS, "a\\\u{7f}'"));
    assert_eq!((&line["operation"], &line["outcome"]), (&json!("get\u{200b}\"}{"), &json!("a\\\u{7f}'")));
}

#[tokio::test]
async fn the_first_invocation_of_a_sandbox_is_counted_as_a_cold_start() {
    let (_collector, mut function) = Function::with_collector(&[]).await;
    function.invoke(json!({})).await;
    function.invoke(json!({})).await;
    let (lines, _) = function.end().await;
    lines.iter().for_each(assert_specified);
    assert_eq!(lines[0]["ColdStarts"], 1);
    assert_eq!(lines[0]["Delay"], json!([7, 12]));
    assert!(lines[1].get("ColdStarts").is_none());
}

#[test]
fn the_name_of_a_metric_has_only_letters() {
    for name in ["1Lag", "View Lag", "Lag1", "Läg"] {
        assert!(catch_unwind(|| Metric::count(name)).is_err(), "{name}");
    }
    assert_eq!(Metric::count("ViewLag").name(), "ViewLag");
}
