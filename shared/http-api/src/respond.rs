//! The frame around every handler: its answer or its failure becomes a response and one line of log.

use std::error::Error;
use std::future::Future;
use std::time::Instant;

use http::header::HeaderName;

use crate::{Answer, Failure, GatewayResponse, Request};

const CORRELATION_ID: HeaderName = HeaderName::from_static("x-correlation-id");

/// Carries out `work` for `request` and answers it. `operation` names the use case in the log.
pub async fn respond<F>(operation: &'static str, request: &Request, work: F) -> GatewayResponse
where
    F: Future<Output = Result<Answer, Failure>>,
{
    let started = Instant::now();
    let result = work.await;
    let elapsed = started.elapsed();
    let answer = result.unwrap_or_else(|failure| {
        report(operation, request, &failure);
        Answer::problem(&failure.problem, request.id())
    });
    tracing::info!(
        operation,
        status = answer.status(),
        duration_us = u64::try_from(elapsed.as_micros()).unwrap_or(u64::MAX),
        request_id = request.id(),
        correlation_id = request.correlation_id(),
        "answered"
    );
    answer.with(CORRELATION_ID, request.correlation_id()).into()
}

/// Logs what the client is not told.
fn report(operation: &'static str, request: &Request, failure: &Failure) {
    let Some(cause) = &failure.cause else { return };
    tracing::error!(
        operation,
        problem = failure.problem.code(),
        cause = chain(cause.as_ref()),
        request_id = request.id(),
        correlation_id = request.correlation_id(),
        "failed"
    );
}

fn chain(error: &(dyn Error + 'static)) -> String {
    match error.source() {
        Some(source) => format!("{error}: {}", chain(source)),
        None => error.to_string(),
    }
}
