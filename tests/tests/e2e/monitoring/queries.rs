//! What one query of an alarm or a widget reads.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::monitoring::math;
use crate::monitoring::search::Search;
use crate::monitoring::series::Series;

/// One query.
#[derive(Debug)]
pub(crate) enum Query {
    /// One named series.
    Metric(Series),
    /// All series that a search finds.
    Search(Search),
    /// Metrics Insights: the series of a metric with exactly these names of dimensions and some of their values.
    Select { namespace: String, metric: String, dimensions: Vec<String>, values: BTreeMap<String, String> },
    /// Metric math over the ids of other queries.
    Math(Vec<String>),
}

impl Query {
    /// Parses the expression of an alarm or of a widget.
    pub(crate) fn from_expression(expression: &str) -> Result<Self, String> {
        let expression = expression.trim();
        if expression.starts_with("SEARCH(") {
            return Search::parse(expression).map(Self::Search);
        }
        if expression.starts_with("SELECT ") {
            return select(expression).ok_or_else(|| format!("{expression} is not supported here"));
        }
        math::ids(expression).map(Self::Math)
    }

    /// Whether the query reads `series`.
    pub(crate) fn reads(&self, series: &Series) -> bool {
        match self {
            Self::Metric(named) => named == series,
            Self::Search(search) => search.finds(series),
            Self::Select { namespace, metric, dimensions, values } => {
                *namespace == series.namespace
                    && *metric == series.metric
                    && dimensions.iter().eq(series.dimensions.keys())
                    && values.iter().all(|(name, value)| series.dimensions.get(name) == Some(value))
            }
            Self::Math(_) => false,
        }
    }
}

/// Parses a query of Metrics Insights: `SELECT MAX(metric) FROM SCHEMA("namespace", dimension…) WHERE dimension = 'value'`.
///
/// Source: Amazon `CloudWatch` User Guide, "`CloudWatch` Metrics Insights query components and syntax". `SCHEMA` selects
/// the metrics with exactly these dimensions.
fn select(expression: &str) -> Option<Query> {
    let (function, rest) = expression.strip_prefix("SELECT ")?.split_once('(')?;
    let is_known = ["AVG", "COUNT", "MAX", "MIN", "SUM"].contains(&function);
    let (metric, rest) = rest.split_once(") FROM SCHEMA(\"")?;
    let (namespace, rest) = rest.split_once('"')?;
    let (names, conditions) = rest.split_once(')')?;
    let mut dimensions: Vec<_> =
        names.split(',').map(|name| name.trim().to_owned()).filter(|name| !name.is_empty()).collect();
    dimensions.sort();
    let mut values = BTreeMap::new();
    for condition in conditions.trim().strip_prefix("WHERE ")?.split(" AND ") {
        let (name, value) = condition.split_once(" = '")?;
        values.insert(name.trim().to_owned(), value.trim().strip_suffix('\'')?.to_owned());
    }
    let (namespace, metric) = (namespace.to_owned(), metric.to_owned());
    is_known.then_some(Query::Select { namespace, metric, dimensions, values })
}

/// The queries of an alarm by their ids. The alarm watches the query that returns data.
///
/// Source: Amazon `CloudWatch` API Reference, `MetricDataQuery`: exactly one query of an alarm returns data.
pub(crate) fn of_alarm(alarm: &Value) -> Result<BTreeMap<String, Query>, String> {
    if let Some(name) = alarm["MetricName"].as_str() {
        let series = metric(alarm, name)?;
        return Ok([("metric".to_owned(), Query::Metric(series))].into());
    }
    let (mut queries, mut returned) = (BTreeMap::new(), 0);
    for query in alarm["Metrics"].as_array().ok_or("the alarm has no metric")? {
        let id = query["Id"].as_str().ok_or("a query has no Id")?;
        let parsed = if let Some(expression) = query["Expression"].as_str() {
            Query::from_expression(expression)?
        } else {
            let stat = &query["MetricStat"]["Metric"];
            Query::Metric(metric(stat, stat["MetricName"].as_str().ok_or("a query has no metric")?)?)
        };
        returned += usize::from(query["ReturnData"] != false);
        if queries.insert(id.to_owned(), parsed).is_some() {
            return Err(format!("two queries have the id {id}"));
        }
    }
    if returned == 1 { Ok(queries) } else { Err(format!("{returned} queries return data, not one")) }
}

fn metric(named: &Value, name: &str) -> Result<Series, String> {
    let namespace = named["Namespace"].as_str().ok_or("a metric has no namespace")?;
    let dimensions = named["Dimensions"].as_array().map_or(&[] as &[Value], Vec::as_slice).iter();
    let pairs: Option<Vec<_>> =
        dimensions.map(|one| Some((one["Name"].as_str()?, one["Value"].as_str()?))).collect();
    Ok(Series::new(namespace, name, &pairs.ok_or("a dimension has no name or no value")?))
}

/// The queries of a widget by their ids. A query without an id gets one from its place.
///
/// Source: Amazon `CloudWatch` API Reference, "Dashboard body structure and syntax": a row is an expression, or a
/// namespace, a metric, and pairs of dimensions, each with options at its end.
pub(crate) fn of_widget(rows: &[Value]) -> Result<BTreeMap<String, Query>, String> {
    let mut queries = BTreeMap::new();
    for (place, row) in rows.iter().enumerate() {
        let row = row.as_array().map_or(&[] as &[Value], Vec::as_slice);
        let (options, names) = match row.split_last() {
            Some((options, names)) if options.is_object() => (options, names),
            _ => (&Value::Null, row),
        };
        let names: Vec<_> = names.iter().filter_map(Value::as_str).collect();
        let query = match (options["expression"].as_str(), names.as_slice()) {
            (Some(expression), []) => Query::from_expression(expression)?,
            (None, [namespace, metric, dimensions @ ..]) if dimensions.len() % 2 == 0 => {
                let pairs: Vec<_> = dimensions.chunks(2).map(|pair| (pair[0], pair[1])).collect();
                Query::Metric(Series::new(namespace, metric, &pairs))
            }
            _ => return Err(format!("{row:?} is not a row of a widget")),
        };
        let id = options["id"].as_str().map_or_else(|| format!("row {place}"), str::to_owned);
        if queries.insert(id.clone(), query).is_some() {
            return Err(format!("two rows have the id {id}"));
        }
    }
    Ok(queries)
}
