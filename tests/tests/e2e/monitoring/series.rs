//! The series of metrics that exist: the functions' own, and those of AWS's services.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde_json::Value;
use stack_base::account::STACK_NAME;
use stack_template::Template;

/// A series of data points: a metric with its dimensions.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Series {
    pub(crate) namespace: String,
    pub(crate) metric: String,
    pub(crate) dimensions: BTreeMap<String, String>,
}

impl Series {
    pub(crate) fn new(namespace: &str, metric: &str, dimensions: &[(&str, &str)]) -> Self {
        let dimensions = dimensions.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        Self { namespace: namespace.to_owned(), metric: metric.to_owned(), dimensions: dimensions.collect() }
    }

    /// The same series of another stack, whose name begins with the name of this stack.
    pub(crate) fn of_another_stack(&self) -> Self {
        let named = |name: &str| format!("{name}-2");
        let is_own = self.namespace.ends_with(&format!("/{STACK_NAME}"));
        let namespace = if is_own { named(&self.namespace) } else { self.namespace.clone() };
        // Operations, outcomes, indexes and DynamoDB's own operations have the same names in every stack.
        let is_resource = |name: &str| !["operation", "outcome", INDEX, DELEGATED].contains(&name);
        let dimensions = self.dimensions.iter().map(|(name, value)| {
            (name.clone(), if is_resource(name) { named(value) } else { value.clone() })
        });
        Self { namespace, metric: self.metric.clone(), dimensions: dimensions.collect() }
    }
}

impl fmt::Display for Series {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let dimensions: Vec<_> =
            self.dimensions.iter().map(|(name, value)| format!("{name}={value}")).collect();
        write!(f, "{} {} {{{}}}", self.namespace, self.metric, dimensions.join(","))
    }
}

/// The series in the log lines of functions.
///
/// Source: Amazon `CloudWatch` User Guide, "Specification: Embedded metric format". Each set of dimensions of a directive
/// is a series of its own for each metric of the directive.
pub(crate) fn of_functions(lines: &[String]) -> Vec<Series> {
    let mut series = BTreeSet::new();
    let json = lines.iter().filter_map(|line| serde_json::from_str::<Value>(&line[line.find('{')?..]).ok());
    for line in json {
        for directive in list(&line["_aws"]["CloudWatchMetrics"]) {
            for dimensions in list(&directive["Dimensions"]) {
                let names = list(dimensions).iter().filter_map(Value::as_str);
                let pairs: Vec<_> = names.map(|name| (name, text(&line[name]))).collect();
                for metric in list(&directive["Metrics"]) {
                    series.insert(Series::new(text(&directive["Namespace"]), text(&metric["Name"]), &pairs));
                }
            }
        }
    }
    series.into_iter().collect()
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn text(value: &Value) -> &str {
    value.as_str().expect("a text")
}

/// The dimension with the name of an index.
const INDEX: &str = "GlobalSecondaryIndexName";
/// The dimension with the operation that `DynamoDB` performs on behalf of the account.
const DELEGATED: &str = "DelegatedOperation";

/// AWS Lambda Developer Guide, "Types of metrics for Lambda functions": the metrics of each function.
const FUNCTION: [&str; 5] = ["ConcurrentExecutions", "Duration", "Errors", "Invocations", "Throttles"];
/// API Gateway Developer Guide, "Monitor `CloudWatch` metrics for HTTP APIs": the metrics of each HTTP API.
const API: [&str; 6] = ["4xx", "5xx", "Count", "DataProcessed", "IntegrationLatency", "Latency"];
/// Amazon `DynamoDB` Developer Guide, "`DynamoDB` Metrics and dimensions": the metrics of a table, and of each index. The
/// dimension `TableName` alone leaves out the indexes.
const TABLE: [&str; 4] =
    ["ConsumedReadCapacityUnits", "ConsumedWriteCapacityUnits", "ReadThrottleEvents", "WriteThrottleEvents"];
/// The same page and "Configuring shards and monitoring change data capture with Kinesis Data Streams in `DynamoDB`": the
/// metrics of a table with a stream.
const REPLICATION: [&str; 3] =
    ["AgeOfOldestUnreplicatedRecord", "FailedToReplicateRecordCount", "ThrottledPutRecordCount"];
/// Amazon Kinesis Data Streams Developer Guide, "Monitor the Amazon Kinesis Data Streams service with Amazon
/// `CloudWatch`": the stream-level metrics.
const STREAM: [&str; 3] = [
    "GetRecords.IteratorAgeMilliseconds",
    "ReadProvisionedThroughputExceeded",
    "WriteProvisionedThroughputExceeded",
];
/// Amazon SQS Developer Guide, "Available `CloudWatch` metrics for Amazon SQS": the metrics of each queue.
const QUEUE: [&str; 2] = ["ApproximateAgeOfOldestMessage", "ApproximateNumberOfMessagesVisible"];

/// The series that AWS's services record for the resources of `template`. `api` is the id of the HTTP API.
pub(crate) fn of_services(template: &Template, api: &str) -> Vec<Series> {
    let mut series = Vec::new();
    let mut add = |namespace: &str, metrics: &[&str], dimensions: &[(&str, &str)]| {
        series.extend(metrics.iter().map(|metric| Series::new(namespace, metric, dimensions)));
    };
    for function in &template.functions {
        add("AWS/Lambda", &FUNCTION, &[("FunctionName", &function.name)]);
    }
    for mapping in &template.mappings {
        // The same page as for `FUNCTION`: only functions that read a stream have this metric.
        add("AWS/Lambda", &["IteratorAge"], &[("FunctionName", &mapping.function)]);
    }
    add("AWS/ApiGateway", &API, &[("ApiId", api)]);
    for table in &template.tables {
        add("AWS/DynamoDB", &TABLE, &[("TableName", &table.name)]);
        for index in &table.indexes {
            add("AWS/DynamoDB", &TABLE, &[("TableName", &table.name), (INDEX, &index.name)]);
        }
        if table.change_stream.is_some() {
            // AWS documents the dimension without its value, so no monitor can name the value.
            add("AWS/DynamoDB", &REPLICATION, &[("TableName", &table.name), (DELEGATED, "(not documented)")]);
        }
    }
    for stream in &template.streams {
        add("AWS/Kinesis", &STREAM, &[("StreamName", &stream.name)]);
    }
    for queue in &template.queues {
        add("AWS/SQS", &QUEUE, &[("QueueName", &queue.name)]);
    }
    series
}
