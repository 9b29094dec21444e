//! The sampler, which decides which traces are kept.

use opentelemetry::trace::{Link, SpanKind, TraceContextExt, TraceId};
use opentelemetry::{Context, KeyValue};
use opentelemetry_sdk::trace::{Sampler, SamplingDecision, SamplingResult, ShouldSample};

/// The sampling decision in a request's headers, if there is one.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Decision(pub(crate) Option<bool>);

/// Samples by the decision of the span's local parent, or else by the decision in the request's headers, or else by the
/// ratio. The ratio is applied to the trace id, so all services with the same ratio decide in the same way.
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
