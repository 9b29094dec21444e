//! Metrics: numbers of a log line that `CloudWatch` takes out of it.

mod document;

use crate::invocation::take_unreported;

pub use document::NAMESPACE;

/// The most samples of one metric in a line. Source: CloudWatch User Guide, "Specification: Embedded metric format".
pub const MAX_SAMPLES: usize = 100;

/// What is counted or measured, by the name it has in `CloudWatch`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Metric {
    /// Commands, by what became of them.
    Commands,
    /// Commits of other writers that came between a command's decision and its append.
    Conflicts,
    /// Commands that were carried out before, under the same key.
    IdempotentReplays,
    /// Events in new commits.
    EventsAppended,
    /// From when an event occurred until a view has it, in milliseconds.
    ViewLag,
    /// Commits that a projection dropped because they had come before.
    DuplicatesDropped,
    /// Gaps that a projection filled from the event table.
    GapsHealed,
    /// Records that a projection set aside.
    PoisonRecords,
    /// Views that a comparison with the event table looked at.
    ReconcileSampled,
    /// Views among them that are not what their events make of them.
    ReconcileMismatches,
    /// First invocations of a sandbox.
    ColdStarts,
    /// Spans that no collector got, for there was no room to keep them or the collector refused them.
    SpansDropped,
    /// Exports of spans that failed; those of the same spans are counted each time.
    ExportFailures,
}

impl Metric {
    /// Its name in `CloudWatch`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Commands => "Commands",
            Self::Conflicts => "Conflicts",
            Self::IdempotentReplays => "IdempotentReplays",
            Self::EventsAppended => "EventsAppended",
            Self::ViewLag => "ViewLag",
            Self::DuplicatesDropped => "DuplicatesDropped",
            Self::GapsHealed => "GapsHealed",
            Self::PoisonRecords => "PoisonRecords",
            Self::ReconcileSampled => "ReconcileSampled",
            Self::ReconcileMismatches => "ReconcileMismatches",
            Self::ColdStarts => "ColdStarts",
            Self::SpansDropped => "SpansDropped",
            Self::ExportFailures => "ExportFailures",
        }
    }

    /// Its unit in `CloudWatch`.
    #[must_use]
    pub const fn unit(self) -> &'static str {
        match self {
            Self::ViewLag => "Milliseconds",
            Self::Commands
            | Self::Conflicts
            | Self::IdempotentReplays
            | Self::EventsAppended
            | Self::DuplicatesDropped
            | Self::GapsHealed
            | Self::PoisonRecords
            | Self::ReconcileSampled
            | Self::ReconcileMismatches
            | Self::ColdStarts
            | Self::SpansDropped
            | Self::ExportFailures => "Count",
        }
    }
}

/// The metrics of one log line: `tracing::info!(metrics = %metrics, "answered")`.
///
/// Their dimensions are names that are known at compile time, so that nothing a caller sends makes a new metric:
/// `operation`, and for [`Metric::Commands`] `outcome`, too. What is zero is left out.
#[derive(Debug, Clone)]
pub struct Metrics {
    operation: &'static str,
    outcome: Option<&'static str>,
    values: Vec<(Metric, Vec<u64>)>,
}

impl Metrics {
    /// Metrics of `operation`, so far those that an invocation has by itself: whether it is a cold start, and what
    /// has been lost of telemetry since they were last reported. The first metrics of an invocation have them.
    #[must_use]
    pub fn of(operation: &'static str) -> Self {
        let unreported = take_unreported();
        Self { operation, outcome: None, values: Vec::new() }
            .count(Metric::ColdStarts, unreported.cold_start.into())
            .count(Metric::SpansDropped, unreported.losses.spans_dropped)
            .count(Metric::ExportFailures, unreported.losses.export_failures)
    }

    /// The same metrics and one command with `outcome`, a name out of few.
    #[must_use]
    pub fn command(mut self, outcome: &'static str) -> Self {
        self.outcome = Some(outcome);
        self.count(Metric::Commands, 1)
    }

    /// The same metrics and `metric` as often as `number` says.
    #[must_use]
    pub fn count(mut self, metric: Metric, number: u64) -> Self {
        match self.values.iter_mut().find(|(known, _)| *known == metric) {
            Some((_, counted)) => counted[0] += number,
            None if number > 0 => self.values.push((metric, vec![number])),
            None => {}
        }
        self
    }

    /// The same metrics and `samples` of `metric`; where they are more than [`MAX_SAMPLES`], some, evenly chosen.
    #[must_use]
    pub fn samples(mut self, metric: Metric, samples: &[u64]) -> Self {
        let step = samples.len().div_ceil(MAX_SAMPLES).max(1);
        let samples: Vec<u64> = samples.iter().step_by(step).copied().collect();
        self.values.retain(|(known, _)| *known != metric);
        if !samples.is_empty() {
            self.values.push((metric, samples));
        }
        self
    }
}
