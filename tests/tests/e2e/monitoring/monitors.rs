//! The alarms and the dashboard of a template, and what is wrong with them.

use std::collections::BTreeMap;

use serde_json::Value;
use stack_template::resources_of_type;

use crate::monitoring::queries::{Query, of_alarm, of_widget};
use crate::monitoring::series::Series;

/// The metrics of resources that an alarm must read, for each resource and for each index of a table.
const ALARMED: [(&str, &str); 8] = [
    ("AWS/ApiGateway", "5xx"),
    ("AWS/ApiGateway", "Count"),
    ("AWS/DynamoDB", "ReadThrottleEvents"),
    ("AWS/DynamoDB", "WriteThrottleEvents"),
    ("AWS/DynamoDB", "ThrottledPutRecordCount"),
    ("AWS/Kinesis", "ReadProvisionedThroughputExceeded"),
    ("AWS/Kinesis", "WriteProvisionedThroughputExceeded"),
    ("AWS/SQS", "ApproximateNumberOfMessagesVisible"),
];
/// The outcomes of commands and queries that an alarm must read for all operations together.
const ALARMED_OUTCOMES: [&str; 2] = ["internal", "throttled"];
/// The metrics of functions that the dashboard must show for each function, besides the ones that need an alarm.
const SHOWN: [(&str, &str); 4] = [
    ("AWS/Lambda", "Duration"),
    ("AWS/Lambda", "Errors"),
    ("AWS/Lambda", "IteratorAge"),
    ("AWS/Lambda", "Throttles"),
];
/// The most metrics in a widget and in a dashboard (Amazon `CloudWatch` User Guide, "`CloudWatch` service quotas").
const MAX_OF_WIDGET: usize = 500;
const MAX_OF_DASHBOARD: usize = 2500;

/// The resources that monitor a stack, with their properties evaluated.
#[derive(Debug)]
pub(crate) struct Monitors {
    /// The id of the HTTP API.
    pub(crate) api: String,
    pub(crate) api_properties: Value,
    pub(crate) log_filters: BTreeMap<String, Value>,
    alarms: BTreeMap<String, Value>,
    /// The rows of each widget by its title.
    widgets: BTreeMap<String, Vec<Value>>,
}

impl Monitors {
    /// Reads the resources of the template `document`.
    pub(crate) fn read(
        document: &Value,
        parameters: &BTreeMap<String, String>,
        endpoint: &str,
    ) -> Result<Self, String> {
        let of_type = |kind: &str| {
            resources_of_type(document, kind, parameters, endpoint).map_err(|error| error.to_string())
        };
        let apis = of_type("AWS::Serverless::HttpApi")?;
        let (api, api_properties) = apis.into_iter().next().ok_or("no HTTP API")?;
        let mut widgets = BTreeMap::new();
        for dashboard in of_type("AWS::CloudWatch::Dashboard")?.into_values() {
            let body = dashboard["DashboardBody"].as_str().ok_or("a dashboard without a body")?;
            let body: Value =
                serde_json::from_str(body).map_err(|error| format!("DashboardBody: {error}"))?;
            for widget in body["widgets"].as_array().into_iter().flatten() {
                let properties = &widget["properties"];
                let title = properties["title"].as_str().ok_or("a widget without a title")?;
                let rows = properties["metrics"].as_array().ok_or("a widget without metrics")?;
                if widgets.insert(title.to_owned(), rows.clone()).is_some() {
                    return Err(format!("two widgets have the title {title}"));
                }
            }
        }
        let (log_filters, alarms) = (of_type("AWS::Logs::MetricFilter")?, of_type("AWS::CloudWatch::Alarm")?);
        // The id of an API is in lower case, as on AWS.
        Ok(Self { api: api.to_lowercase(), api_properties, log_filters, alarms, widgets })
    }

    /// What is wrong if there are the series `own` of this stack and the series `others` of another stack.
    pub(crate) fn faults(&self, own: &[Series], others: &[Series]) -> Vec<String> {
        let mut faults = Vec::new();
        let (mut alarmed, mut shown) = (Vec::new(), Vec::new());
        for (id, alarm) in &self.alarms {
            match of_alarm(alarm) {
                Ok(queries) => alarmed.extend(check(id, queries, own, others, &mut faults)),
                Err(fault) => faults.push(format!("{id}: {fault}")),
            }
            faults.extend(self.unknown_widget(alarm).map(|name| format!("{id}: no widget is named {name}")));
        }
        for (title, rows) in &self.widgets {
            match of_widget(rows) {
                Ok(queries) => shown.extend(check(title, queries, own, others, &mut faults)),
                Err(fault) => faults.push(format!("{title}: {fault}")),
            }
        }
        let required = |metrics: &[(&str, &str)], series: &Series| {
            metrics
                .iter()
                .any(|(namespace, metric)| *namespace == series.namespace && *metric == series.metric)
        };
        for series in own {
            let is_alarmed_resource = required(&ALARMED, series);
            if (is_alarmed_resource || is_alarmed_outcome(series))
                && !alarmed.iter().any(|query| query.reads(series))
            {
                faults.push(format!("no alarm reads {series}"));
            }
            let is_queried = || shown.iter().any(|query| query.reads(series));
            if (is_alarmed_resource || required(&SHOWN, series)) && !is_queried() {
                faults.push(format!("no widget reads {series}"));
            }
        }
        let rows = self.widgets.values().map(Vec::len);
        if rows.clone().any(|rows| rows > MAX_OF_WIDGET) || rows.sum::<usize>() > MAX_OF_DASHBOARD {
            faults.push("the dashboard has too many metrics".to_owned());
        }
        faults
    }

    /// The name of a widget in the alarm's description that no widget of the dashboard has.
    fn unknown_widget(&self, alarm: &Value) -> Option<String> {
        let description = alarm["AlarmDescription"].as_str()?;
        let named = description.split("widget \"").skip(1).filter_map(|rest| rest.split('"').next());
        let is_unknown = |name: &&str| !self.widgets.keys().any(|title| title.starts_with(*name));
        named.map(str::trim).find(is_unknown).map(str::to_owned)
    }
}

fn is_alarmed_outcome(series: &Series) -> bool {
    let is_request = ["Commands", "Queries"].contains(&series.metric.as_str());
    let dimensions: Vec<_> =
        series.dimensions.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    is_request && ALARMED_OUTCOMES.iter().any(|outcome| dimensions == [("outcome", *outcome)])
}

/// Checks the queries of one alarm or widget. Returns them.
fn check(
    place: &str,
    queries: BTreeMap<String, Query>,
    own: &[Series],
    others: &[Series],
    faults: &mut Vec<String>,
) -> Vec<Query> {
    let used: Vec<&String> = queries
        .values()
        .filter_map(|query| if let Query::Math(ids) = query { Some(ids) } else { None })
        .flatten()
        .collect();
    for id in used.iter().filter(|id| !queries.contains_key(id.as_str())) {
        faults.push(format!("{place}: {id} is no id of a metric"));
    }
    let has_math = queries.values().any(|query| matches!(query, Query::Math(_)));
    for (id, query) in &queries {
        if matches!(query, Query::Math(_)) {
            continue;
        }
        if has_math && !used.contains(&id) {
            faults.push(format!("{place}: {id} is not used"));
        }
        if !own.iter().any(|series| query.reads(series)) {
            faults.push(format!("{place}: no data for {query:?}"));
        }
        if let Some(foreign) = others.iter().find(|series| query.reads(series)) {
            faults.push(format!("{place}: reads another stack: {foreign}"));
        }
    }
    queries.into_values().collect()
}
