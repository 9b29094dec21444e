//! Metrics: numbers of a log line that `CloudWatch` takes out of it, by the embedded metric format.
//!
//! Source: CloudWatch User Guide, "Specification: Embedded metric format".

use std::error::Error;
use std::fmt;
use std::io::Write as _;

use crate::clock;
use crate::invocation::take_unreported;

/// The most samples of one metric in a line.
pub const MAX_SAMPLES: usize = 100;

/// First invocations of a sandbox.
const COLD_STARTS: Metric = Metric::count("ColdStarts");
/// Spans that no collector got, because the buffer had no room for them or the collector refused them.
const SPANS_DROPPED: Metric = Metric::count("SpansDropped");
/// Exports of spans that failed; a repeated export of the same spans counts again.
const EXPORT_FAILURES: Metric = Metric::count("ExportFailures");

/// What is counted or measured. The crate that counts defines the metric as a constant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Metric {
    name: &'static str,
    unit: &'static str,
}

impl Metric {
    /// The metric `name`, which is a number of things.
    ///
    /// # Panics
    /// At compile time, if `name` has other characters than ASCII letters.
    #[must_use]
    pub const fn count(name: &'static str) -> Self {
        Self::with_unit(name, "Count")
    }

    /// The metric `name`, which is a time in milliseconds.
    ///
    /// # Panics
    /// At compile time, if `name` has other characters than ASCII letters.
    #[must_use]
    pub const fn milliseconds(name: &'static str) -> Self {
        Self::with_unit(name, "Milliseconds")
    }

    const fn with_unit(name: &'static str, unit: &'static str) -> Self {
        let (bytes, mut place) = (name.as_bytes(), 0);
        while place < bytes.len() {
            assert!(bytes[place].is_ascii_alphabetic(), "a metric's name has letters only");
            place += 1;
        }
        Self { name, unit }
    }

    /// Its name in `CloudWatch`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        self.name
    }
}

/// The metrics of one log line: `tracing::info!(metrics = metrics.field(), "answered")`.
///
/// Their dimensions are names that are known at compile time, so nothing that a caller sends makes a new metric:
/// `operation` and none, or `operation` and `outcome` for a metric that is [counted by outcome](Self::outcome). Without a
/// dimension, a metric is the total of all operations: an alarm on it needs no list of them. Zeros are left out.
#[derive(Debug, Clone)]
pub struct Metrics(Members);

/// The members that metrics add to a line. A log line accepts only this type as [`Metrics`].
#[derive(Debug, Clone)]
pub(crate) struct Members {
    operation: &'static str,
    outcome: Option<(Metric, &'static str)>,
    values: Vec<(Metric, Vec<u64>)>,
}

impl Metrics {
    /// Metrics of `operation`, so far those that an invocation has by itself: whether it is a cold start, and what
    /// has been lost of telemetry since they were last reported. The first metrics of an invocation have them.
    #[must_use]
    pub fn of(operation: &'static str) -> Self {
        let unreported = take_unreported();
        Self(Members { operation, outcome: None, values: Vec::new() })
            .count(COLD_STARTS, unreported.cold_start.into())
            .count(SPANS_DROPPED, unreported.losses.spans_dropped)
            .count(EXPORT_FAILURES, unreported.losses.export_failures)
    }

    /// The same metrics and one `metric` with the dimension `outcome`, a name out of few.
    #[must_use]
    pub fn outcome(mut self, metric: Metric, outcome: &'static str) -> Self {
        self.0.outcome = Some((metric, outcome));
        self.count(metric, 1)
    }

    /// The same metrics and `metric` as often as `number` says.
    #[must_use]
    pub fn count(mut self, metric: Metric, number: u64) -> Self {
        match self.0.values.iter_mut().find(|(known, _)| *known == metric) {
            Some((_, counted)) => counted[0] += number,
            None if number > 0 => self.0.values.push((metric, vec![number])),
            None => {}
        }
        self
    }

    /// The same metrics and `samples` of `metric`; of more than [`MAX_SAMPLES`], some are chosen evenly.
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

    /// The value of an event's field `metrics`: the members become the line's own.
    ///
    /// It is an error only in its type. Of all values that `tracing` takes, an error alone can be asked for its type,
    /// so no other crate's field of that name can write into a line.
    #[must_use]
    pub fn field(&self) -> &(dyn Error + 'static) {
        &self.0
    }
}

impl Error for Members {}

/// What a subscriber that does not know metrics is told.
impl fmt::Display for Members {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "metrics of {}", self.operation)
    }
}

impl Members {
    /// Appends the members to `line`, each after a comma: `operation` and `outcome`, the metrics by their names, and
    /// `_aws`, which declares the metrics in `namespace`, if there are any. Writing to memory cannot fail.
    pub(crate) fn append(&self, line: &mut Vec<u8>, namespace: &str) {
        // Rust writes these names as JSON does: they are ASCII without control characters.
        write!(line, r#","operation":{:?}"#, self.operation).ok();
        if let Some((_, outcome)) = self.outcome {
            write!(line, r#","outcome":{outcome:?}"#).ok();
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
        let directives = [(r#"["operation","outcome"]"#, by_outcome), (r#"["operation"],[]"#, others)];
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

/// What stands before the element at `place` of a list.
const fn comma(place: usize) -> &'static [u8] {
    if place == 0 { b"" } else { b"," }
}
