//! Checks that the template's alarms and dashboard read metrics that the functions record, with dimensions that these
//! metrics have, and that the documentation lists every metric.

use std::collections::BTreeSet;
use std::fs;

use shop_contract::NAMESPACE;

use crate::registry::text;
use crate::workspace::{files, root};

/// The dimensions of the metrics in the searches of the dashboard. `telemetry::Metrics` declares them.
const DIMENSIONS: [&str; 2] = [",operation}", ",operation,outcome}"];

/// The names of the metrics that the functions record.
fn recorded() -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for folder in ["functions", "shared"] {
        for path in files(&root().join(folder), ".rs") {
            if path.components().any(|part| part.as_os_str() == "src") {
                let source = fs::read_to_string(&path).expect("text");
                for constructor in ["Metric::count(\"", "Metric::milliseconds(\""] {
                    names.extend(source.split(constructor).skip(1).map(leading_name));
                }
            }
        }
    }
    names
}

/// The letters at the beginning of `text`.
fn leading_name(text: &str) -> String {
    text.chars().take_while(char::is_ascii_alphabetic).collect()
}

/// What is wrong where `template` reads a metric of the functions, with the cure, and the names of the metrics.
fn read(template: &str, recorded: &BTreeSet<String>) -> (Vec<String>, BTreeSet<String>) {
    let (mut wrong, mut names) = (Vec::new(), BTreeSet::new());
    for rest in template.split(NAMESPACE).skip(1) {
        let line = rest.split_once('\n').map_or(rest, |(line, _)| line);
        let name = if let Some(metric) = rest.strip_prefix("\", \"") {
            leading_name(metric)
        } else if let Some((dimensions, metric)) = line.split_once(" MetricName=\\\"") {
            if !DIMENSIONS.contains(&dimensions) {
                wrong.push(format!("no metric has the dimensions {dimensions}: use one of {DIMENSIONS:?}"));
            }
            leading_name(metric)
        } else if let Some(metric) = rest.trim_start_matches([',', ' ', '\n']).strip_prefix("MetricName: ") {
            if metric.lines().take(2).any(|line| line.contains("Dimensions:")) {
                wrong.push(format!(
                    "{}: an alarm must read the total of all operations",
                    leading_name(metric)
                ));
            }
            leading_name(metric)
        } else {
            continue;
        };
        if !recorded.contains(&name) {
            wrong.push(format!("template.yaml reads the metric {name}, which no function records"));
        }
        names.insert(name);
    }
    (wrong, names)
}

#[test]
fn alarms_and_the_dashboard_read_recorded_metrics() {
    let recorded = recorded();
    let (wrong, names) = read(&text(), &recorded);
    assert_eq!(wrong, [] as [String; 0]);
    assert!(names.len() >= 10 && recorded.len() >= names.len(), "{names:?} of {recorded:?}");
}

/// Tests the check: a misspelt metric and a dimension that no metric has are reported, wherever they are.
#[test]
fn a_metric_that_no_function_records_is_reported() {
    let (text, recorded) = (text(), recorded());
    for (right, planted) in [
        ("MetricName: FailedRequests}", "MetricName: FailedRequest}"),
        ("MetricName: CommandTime\n", "MetricName: CommandTimes\n"),
        ("[\"cqrs-ecommerce\", \"QueryTime\"]", "[\"cqrs-ecommerce\", \"QueriesTime\"]"),
        ("MetricName=\\\"ViewLag\\\"", "MetricName=\\\"ViewsLag\\\""),
        (
            "{cqrs-ecommerce,operation} MetricName=\\\"ViewLag",
            "{cqrs-ecommerce,function} MetricName=\\\"ViewLag",
        ),
        (
            "MetricName: Conflicts\n",
            "MetricName: Conflicts\n      Dimensions: [{Name: operation, Value: create-order}]\n",
        ),
    ] {
        assert!(text.contains(right), "{right}");
        let (wrong, _) = read(&text.replacen(right, planted, 1), &recorded);
        assert_eq!(wrong.len(), 1, "{planted}: {wrong:?}");
    }
}

#[test]
fn the_documentation_lists_every_metric() {
    let page = fs::read_to_string(root().join("docs/operate.md")).expect("a page");
    for name in recorded() {
        assert!(page.contains(&format!("`{name}`")), "docs/operate.md does not explain the metric {name}");
    }
}
