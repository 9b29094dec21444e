//! Metrics: numbers in a log line that `CloudWatch` extracts from the line. The format is the embedded metric format.
//!
//! Source: CloudWatch User Guide, "Specification: Embedded metric format".

use std::error::Error;
use std::fmt;
use std::io::Write as _;

use crate::clock;
use crate::invocation::take_unreported;
use crate::member::append_member;
use crate::metric::Metric;

/// The maximum number of samples of one metric in a line.
pub const MAX_SAMPLES: usize = 100;

/// First invocations of a sandbox.
const COLD_STARTS: Metric = Metric::count("ColdStarts");
/// Spans that no collector received, because the buffer was full or the collector rejected them.
const SPANS_DROPPED: Metric = Metric::count("SpansDropped");
/// Exports of spans that failed. A repeated export of the same spans counts again.
const EXPORT_FAILURES: Metric = Metric::count("ExportFailures");

/// The metrics of one log line: `tracing::info!(metrics = metrics.field(), "answered")`.
///
/// The values of all dimensions are known at compile time, so a request cannot create new metrics. Every metric has the
/// dimension `operation`, and is also recorded without any dimension. The metric without a dimension is the total of
/// all operations, so an alarm on it needs no list of operations. A metric that is [counted by
/// outcome](Self::outcome) has the dimensions `operation` and `outcome` in addition, and `outcome` alone, so an alarm can
/// read one outcome of all operations. Counts of zero are left out.
#[derive(Debug, Clone)]
pub struct Metrics(Members);

/// The members that metrics add to a line. The log layer recognizes metrics by this type.
#[derive(Debug, Clone)]
pub(crate) struct Members {
    operation: &'static str,
    outcome: Option<(Metric, &'static str)>,
    values: Vec<(Metric, Vec<u64>)>,
}

impl Metrics {
    /// Starts the metrics of `operation`. The first metrics of an invocation also report whether the invocation is a
    /// cold start, the telemetry that was lost since the last report, and what [`count`](crate::count) has counted since then.
    #[must_use]
    pub fn for_operation(operation: &'static str) -> Self {
        let unreported = take_unreported();
        let metrics = Self(Members { operation, outcome: None, values: Vec::new() })
            .count(COLD_STARTS, unreported.cold_start.into())
            .count(SPANS_DROPPED, unreported.losses.spans_dropped)
            .count(EXPORT_FAILURES, unreported.losses.export_failures);
        unreported.counted.into_iter().fold(metrics, |metrics, counted| metrics.count(counted, 1))
    }

    /// Counts `metric` once, also with the dimension `outcome`. There must be few different outcomes.
    #[must_use]
    pub fn outcome(mut self, metric: Metric, outcome: &'static str) -> Self {
        self.0.outcome = Some((metric, outcome));
        self.count(metric, 1)
    }

    /// Adds `number` to the count `metric`.
    #[must_use]
    pub fn count(mut self, metric: Metric, number: u64) -> Self {
        match self.0.values.iter_mut().find(|(known, _)| *known == metric) {
            Some((_, counted)) => counted[0] += number,
            None if number > 0 => self.0.values.push((metric, vec![number])),
            None => {}
        }
        self
    }

    /// Records whether the request failed as `metric`, which is 1 or 0. Its average is therefore the share of failed
    /// requests, and its sample count is the number of requests.
    #[must_use]
    pub fn failed(self, metric: Metric, has_failed: bool) -> Self {
        self.samples(metric, &[has_failed.into()])
    }

    /// Sets the samples of `metric`. If there are more than [`MAX_SAMPLES`], samples at regular distances are kept.
    #[must_use]
    pub fn samples(mut self, metric: Metric, samples: &[u64]) -> Self {
        let step = samples.len().div_ceil(MAX_SAMPLES).max(1);
        let samples: Vec<u64> = samples.iter().step_by(step).copied().collect();
        self.0.values.retain(|(known, _)| *known != metric);
        if !samples.is_empty() {
            self.0.values.push((metric, samples));
        }
        self
    }

    /// The value for the field `metrics` of an event. The log layer adds the metrics to the line as members.
    ///
    /// The value is an error only by its type. `tracing` accepts values of several kinds, and an error is the only kind
    /// that the log layer can downcast. A field `metrics` of another crate therefore cannot add members to a line.
    #[must_use]
    pub fn field(&self) -> &(dyn Error + 'static) {
        &self.0
    }
}

impl Error for Members {}

/// The text for a subscriber that does not know metrics.
impl fmt::Display for Members {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "metrics of {}", self.operation)
    }
}

impl Members {
    /// Appends the members to `line`, each after a comma: `operation`, `outcome`, and the metrics by their names. If
    /// there are metrics, `_aws` declares them in `namespace`. Writing to memory cannot fail.
    pub(crate) fn append(&self, line: &mut Vec<u8>, namespace: &str) {
        append_member(line, "operation", self.operation);
        if let Some((_, outcome)) = self.outcome {
            append_member(line, "outcome", outcome);
        }
        for (metric, samples) in &self.values {
            match samples.as_slice() {
                [number] => write!(line, r#","{}":{number}"#, metric.name).ok(),
                samples => write!(line, r#","{}":{samples:?}"#, metric.name).ok(),
            };
        }
        if !self.values.is_empty() {
            self.declare(line, namespace);
        }
    }

    fn declare(&self, line: &mut Vec<u8>, namespace: &str) {
        let now = clock::now().micros() / 1000;
        write!(line, r#","_aws":{{"Timestamp":{now},"CloudWatchMetrics":["#).ok();
        let metrics = self.values.iter().map(|(metric, _)| *metric);
        let (by_outcome, others): (Vec<_>, Vec<_>) =
            metrics.partition(|metric| self.outcome.is_some_and(|(counted, _)| counted == *metric));
        let directives = [
            (r#"["operation","outcome"],["outcome"],["operation"],[]"#, by_outcome),
            (r#"["operation"],[]"#, others),
        ];
        for (place, (dimensions, metrics)) in
            directives.into_iter().filter(|(_, metrics)| !metrics.is_empty()).enumerate()
        {
            line.extend_from_slice(comma(place));
            write!(line, r#"{{"Namespace":{namespace:?},"Dimensions":[{dimensions}],"Metrics":["#).ok();
            for (place, Metric { name, unit }) in metrics.into_iter().enumerate() {
                line.extend_from_slice(comma(place));
                write!(line, r#"{{"Name":"{name}","Unit":"{unit}"}}"#).ok();
            }
            line.extend_from_slice(b"]}");
        }
        line.extend_from_slice(b"]}");
    }
}

/// The separator before the element at `place` of a list.
const fn comma(place: usize) -> &'static [u8] {
    if place == 0 { b"" } else { b"," }
}

#[cfg(test)]
mod tests {
    use lambda_runtime::Context;

    use super::{Metrics, SPANS_DROPPED};
    use crate::invocation::{Invocation, Unreported, count};

    #[tokio::test]
    async fn a_count_without_an_operation_is_reported_once_with_the_next_metrics() {
        count(SPANS_DROPPED);
        let invocation = Invocation::new(&Context::default(), Unreported::default());
        let counted = async {
            count(SPANS_DROPPED);
            count(SPANS_DROPPED);
            (Metrics::for_operation("open-account"), Metrics::for_operation("open-account"))
        };
        let (first, second) = invocation.around(counted).await;
        assert_eq!(first.0.values, [(SPANS_DROPPED, vec![2])]);
        assert_eq!(second.0.values, []);
    }
}
