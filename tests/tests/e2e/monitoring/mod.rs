//! Tests that there is data behind every alarm and every widget of the dashboard. The test takes the functions' own metrics
//! from their log lines during a tour of the embedded stack, and AWS's metrics from AWS's documentation. Then it evaluates
//! each metric, search and query as CloudWatch does, and plants faults that it must find.

mod log_filter;
mod math;
mod monitors;
mod queries;
mod search;
mod series;
mod tour;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use localstack::StackOptions;
use serde_json::Value;
use stack_template::{Template, parse_yaml};

use crate::monitoring::monitors::Monitors;
use crate::monitoring::series::{Series, of_functions, of_services};

/// The parameters with which the template has all of its functions, alarms and widgets.
pub(crate) fn parameters() -> BTreeMap<String, String> {
    [("EventBusName".to_owned(), "default".to_owned())].into()
}

fn template() -> String {
    fs::read_to_string(StackOptions::default().project.join("template.yaml")).expect("a template")
}

/// A series that the tour cannot cause.
struct Untoured {
    metric: &'static str,
    dimensions: &'static [(&'static str, &'static str)],
    /// The source that records the metric.
    source: &'static str,
    /// Why the tour cannot cause the series.
    reason: &'static str,
}

const UNTOURED: [Untoured; 2] = [
    Untoured {
        metric: "GenerationBehind",
        dimensions: &[],
        source: "shared/kit/projection/src/batch.rs",
        reason: "the tour uses one generation; the test of the allowed calls lets the other one miss commits",
    },
    Untoured {
        metric: "Queries",
        dimensions: &[("outcome", "throttled")],
        source: "shared/kit/http-api/src/respond.rs",
        reason: "the embedded stack throttles writes only, and a query writes nothing",
    },
];

/// The series of the functions during the tour, and the ones that the tour cannot cause.
fn recorded(lines: &[String]) -> Vec<Series> {
    let mut recorded = of_functions(lines);
    let namespace = recorded.first().expect("a metric in a log line").namespace.clone();
    for Untoured { metric, dimensions, source, reason } in UNTOURED {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(source);
        let source = fs::read_to_string(path).expect("a source");
        assert!(
            source.contains(&format!("Metric::count(\"{metric}\")")),
            "{metric} is not recorded: {reason}"
        );
        let series = Series::new(&namespace, metric, dimensions);
        assert!(!recorded.contains(&series), "the tour causes {metric}, so it must not be in the list");
        recorded.push(series);
    }
    recorded
}

/// What is wrong with the alarms and the dashboard of `template`, if the functions record `recorded`.
fn faults(template: &str, recorded: &[Series]) -> Vec<String> {
    let document = match parse_yaml(template) {
        Ok(document) => document,
        Err(error) => return vec![error.to_string()],
    };
    let evaluated = |document: &Value| -> Result<Vec<String>, String> {
        let endpoint = "http://127.0.0.1:1";
        let model = Template::from_document(document, &parameters(), endpoint).map_err(|e| e.to_string())?;
        let monitors = Monitors::read(document, &parameters(), endpoint)?;
        let mut series = [recorded.to_vec(), of_services(&model, &monitors.api)].concat();
        let mut faults = Vec::new();
        match log_filter::series(&monitors) {
            Ok(of_filters) => series.extend(of_filters),
            Err(fault) => faults.push(fault),
        }
        let other_stack = series.iter().map(Series::of_another_stack).collect::<Vec<_>>();
        faults.extend(monitors.faults(&series, &other_stack));
        Ok(faults)
    };
    evaluated(&document).unwrap_or_else(|error| vec![error])
}

/// A fault that is planted in the template: the text, its replacement, and a part of the message that must follow.
const PLANTED: [(&str, &str, &str); 23] = [
    ("MetricName: ViewLag}", "MetricName: ViewsLag}", "FreshnessBurn1hAlarm: no data"),
    ("MetricName: ViewLag\n", "MetricName: LagOfViews\n", "ViewLagAlarm: no data"),
    ("MetricName: IteratorAge\n", "MetricName: IteratorAges\n", "OrderProjectionAgeAlarm: no data"),
    ("Value: internal}", "Value: intern}", "InternalFailureAlarm: no data"),
    ("Value: throttled}", "Value: Throttled}", "ThrottledAnswerAlarm: no data"),
    ("Value: by_user}", "Value: by_users}", "QueryTableThrottleAlarm: no data"),
    (
        "InternalFailureAlarm:\n    Type: AWS::CloudWatch::Alarm\n",
        "InternalFailureAlarm:\n    Type: AWS::CloudWatch::AnomalyDetector\n",
        "no alarm reads cqrs-ecommerce/local Queries {outcome=internal}",
    ),
    ("FILL(queries, 0)", "FILL(query, 0)", "InternalFailureAlarm: query is no id"),
    ("[FILL(commands, 0), FILL(queries, 0)]", "[FILL(commands, 0)]", "queries is not used"),
    ("\"SUM([FILL(reads_table", "\"TOTAL([FILL(reads_table", "TOTAL is not a function"),
    ("SELECT MAX(AgeOf", "SELECT MAX(AgesOf", "ReplicationAgeAlarm: no data"),
    (
        "WHERE TableName = '${EventTableName}'",
        "WHERE TableName = 'Events'",
        "ReplicationFailureAlarm: no data",
    ),
    ("Name: StreamName, Value", "Name: Stream, Value", "StreamReadThrottleAlarm: no data"),
    ("$.status = \"429\"", "$.statusCode = \"429\"", "the access log has no statusCode"),
    ("$.status = \"429\"", "$.status = \"403\"", "does not count a 429"),
    (" && ($.routeKey != \"HEAD /health\")", "", "counts a 429 of /health"),
    ("widget \"Conflicts\"", "widget \"Clashes\"", "ConflictAlarm: no widget is named Clashes"),
    (
        "{\\\"cqrs-ecommerce/${AWS::StackName}\\\",operation} MetricName=\\\"ViewLag",
        "{cqrs-ecommerce/${AWS::StackName},operation} MetricName=\\\"ViewLag",
        "needs double quotes",
    ),
    (
        "[\"AWS/SQS\", \"ApproximateNumberOfMessagesVisible\", \"QueueName\", \"${DeadLetterQueue.QueueName}\"],",
        "[{\"expression\": \"SEARCH('{AWS/SQS,QueueName} MetricName=\\\"ApproximateNumberOfMessagesVisible\\\" \
         QueueName=\\\"Dead\\\"', 'Maximum', 60)\", \"label\": \"\", \"id\": \"e0\"}],",
        "Dead letters and abandoned batches: no data",
    ),
    (
        "[\"AWS/SQS\", \"ApproximateNumberOfMessagesVisible\", \"QueueName\", \"${DeadLetterQueue.QueueName}\"],",
        "[{\"expression\": \"SEARCH('{AWS/SQS,QueueName} MetricName=\\\"ApproximateNumberOfMessagesVisible\\\" \
         QueueName=DeadLetter', 'Maximum', 60)\", \"label\": \"\", \"id\": \"e0\"}],",
        "Dead letters and abandoned batches: reads another stack",
    ),
    (
        "[\"AWS/Lambda\", \"Errors\", \"FunctionName\", \"${ShipOrderFunction}\"],",
        "",
        "no widget reads AWS/Lambda Errors {FunctionName=ShipOrderFunction}",
    ),
    (
        "MetricName: WriteProvisionedThroughputExceeded\n",
        "MetricName: ReadProvisionedThroughputExceeded\n",
        "no alarm reads AWS/Kinesis WriteProvisionedThroughputExceeded",
    ),
    (
        "[\"cqrs-ecommerce/${AWS::StackName}\", \"QueryTime\"]",
        "[\"cqrs-ecommerce\", \"QueryTime\"]",
        "no data",
    ),
];

#[tokio::test(flavor = "multi_thread")]
async fn there_is_data_behind_every_alarm_and_every_widget() {
    let template = template();
    let lines = tour::lines().await;
    let series = recorded(&lines);
    assert_eq!(faults(&template, &series), [] as [String; 0]);

    for (right, wrong, message) in PLANTED {
        assert!(template.contains(right), "{right}");
        let found = faults(&template.replace(right, wrong), &series);
        assert!(found.iter().any(|fault| fault.contains(message)), "{wrong}: {found:?}");
    }

    // Without the stack's name in the namespace, the metrics of two stacks are the same series.
    let merged: Vec<_> =
        lines.iter().map(|line| line.replace("cqrs-ecommerce/local", "cqrs-ecommerce")).collect();
    let found =
        faults(&template.replace("cqrs-ecommerce/${AWS::StackName}", "cqrs-ecommerce"), &recorded(&merged));
    assert!(found.iter().any(|fault| fault.contains("ConflictAlarm: reads another stack")), "{found:?}");
}
