//! Which traces are kept.

use opentelemetry::trace::{Link, SpanKind, TraceContextExt, TraceId};
use opentelemetry::{Context, KeyValue};
use opentelemetry_sdk::trace::{Sampler, SamplingDecision, SamplingResult, ShouldSample};

/// What whoever is named in a request's headers has decided of its trace.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Decision(pub(crate) Option<bool>);

/// A span's own parent decides; then whoever sent the request; then the ratio, by the trace's id, so that everybody
/// who goes by the same ratio decides alike.
#[derive(Debug, Clone)]
pub(super) struct ParentThenRatio {
    ratio: Sampler,
}

impl ParentThenRatio {
    pub(super) const fn new(ratio: f64) -> Self {
        Self { ratio: Sampler::TraceIdRatioBased(ratio) }
    }
}

impl ShouldSample for ParentThenRatio {
    fn should_sample(
        &self,
        context: Option<&Context>,
        trace: TraceId,
        name: &str,
        kind: &SpanKind,
        attributes: &[KeyValue],
        links: &[Link],
    ) -> SamplingResult {
        let result = self.ratio.should_sample(context, trace, name, kind, attributes, links);
        match context.and_then(decided) {
            Some(true) => SamplingResult { decision: SamplingDecision::RecordAndSample, ..result },
            Some(false) => SamplingResult { decision: SamplingDecision::Drop, ..result },
            None => result,
        }
    }
}

fn decided(context: &Context) -> Option<bool> {
    let span = context.span();
    let parent = span.span_context();
    if parent.is_valid() && !parent.is_remote() {
        return Some(parent.is_sampled());
    }
    context.get::<Decision>().and_then(|decision| decision.0)
}
