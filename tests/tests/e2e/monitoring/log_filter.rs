//! Metric filters of log groups: which series they record.
//!
//! Source: Amazon `CloudWatch` Logs User Guide, "Filter pattern syntax for metric filters": a pattern for JSON compares
//! fields with texts by `=` and `!=`, and joins comparisons by `&&`.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::monitoring::monitors::Monitors;
use crate::monitoring::series::Series;

/// The series of the metric filters. Each filter must read the access log, and count a 429 of a route with a token only.
pub(crate) fn series(monitors: &Monitors) -> Result<Vec<Series>, String> {
    let settings = &monitors.api_properties["AccessLogSettings"];
    let format = settings["Format"].as_str().ok_or("the API has no access log")?;
    let format: BTreeMap<String, String> = serde_json::from_str(format).map_err(|error| error.to_string())?;
    let mut series = Vec::new();
    for (id, filter) in &monitors.log_filters {
        let named = |problem: String| format!("{id}: {problem}");
        let group = filter["LogGroupName"].as_str().unwrap_or_default();
        let destination = settings["DestinationArn"].as_str().unwrap_or_default();
        let (_, written) = destination.split_once("log-group:").unwrap_or_default();
        if written.trim_end_matches(":*") != group {
            return Err(named(format!("{group} is not the access log {destination}")));
        }
        let pattern = filter["FilterPattern"].as_str().unwrap_or_default();
        let line = |status: &str, route: &str| {
            let given = [("status", status), ("routeKey", route)];
            let mut line = format.clone();
            line.extend(given.map(|(name, value)| (name.to_owned(), value.to_owned())));
            line
        };
        for (status, route, expected, problem) in [
            ("429", "POST /commands/orders", true, "does not count a 429"),
            ("200", "POST /commands/orders", false, "counts an answer without an error"),
            ("429", "GET /health", false, "counts a 429 of /health, which anybody may call"),
            ("429", "HEAD /health", false, "counts a 429 of /health, which anybody may call"),
        ] {
            if matches(pattern, &line(status, route)).map_err(named)? != expected {
                return Err(named(problem.to_owned()));
            }
        }
        for transformation in filter["MetricTransformations"].as_array().into_iter().flatten() {
            let name = |field: &str| transformation[field].as_str().unwrap_or_default();
            series.push(Series::new(name("MetricNamespace"), name("MetricName"), &[]));
        }
    }
    Ok(series)
}

/// Whether a line with these fields matches `pattern`.
fn matches(pattern: &str, line: &BTreeMap<String, String>) -> Result<bool, String> {
    let unknown = || format!("{pattern} is not supported here");
    let inner =
        pattern.trim().strip_prefix('{').and_then(|rest| rest.strip_suffix('}')).ok_or_else(unknown)?;
    let mut all = true;
    for comparison in inner.split("&&") {
        let comparison = comparison.trim().trim_start_matches('(').trim_end_matches(')');
        let (field, value, is_equal) = match (comparison.split_once(" != "), comparison.split_once(" = ")) {
            (Some((field, value)), _) => (field, value, false),
            (None, Some((field, value))) => (field, value, true),
            (None, None) => return Err(unknown()),
        };
        let field = field.trim().strip_prefix("$.").ok_or_else(unknown)?;
        let found = line.get(field).ok_or_else(|| format!("the access log has no {field}"))?;
        let value: Value = serde_json::from_str(value).map_err(|_| unknown())?;
        all &= (value == found.as_str()) == is_equal;
    }
    Ok(all)
}
