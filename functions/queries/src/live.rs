//! Answers a request from the live generation of the query table.

use std::future::ready;
use std::pin::pin;

use futures::future::{Either, FutureExt, select};
use http_api::{ApiError, GatewayResponse, Request, respond};
use tracing::{Instrument, info_span};
use view_store::{Generation, KnownGenerations, ReadError};

/// Answers `request` with `handle`, which answers from the views of the given generation.
///
/// While the known state of the generations is young enough, this sends no request of its own. Otherwise it reads the
/// state while `handle` works with the generation that was live before. If another generation is live now, `handle` works
/// again. A caller therefore never gets an answer from a generation that was not live within the maximum age. The answer
/// is recorded only after the read, so one request has one log line and counts once.
pub async fn answer(
    known: &KnownGenerations,
    request: &Request,
    handle: impl AsyncFn(Generation) -> GatewayResponse,
) -> GatewayResponse {
    if let Some(generations) = known.young() {
        return handle(generations.live).await;
    }
    let assumed = known.probably_live();
    let mut work = pin!(handle(assumed));
    // A response without a request to a table, such as that to an invalid request, says nothing about a generation.
    if let Some(response) = work.as_mut().now_or_never() {
        return response;
    }
    request.hold_record();
    let (live, work) = match select(pin!(read_live(known, request)), work).await {
        Either::Left((live, work)) => (live, Either::Left(work)),
        Either::Right((response, read)) => (read.await, Either::Right(ready(response))),
    };
    request.release_record();
    match live {
        Ok(live) if live == assumed => work.await,
        Ok(live) => handle(live).await,
        Err(error) => {
            respond("read-generations", request, async { Err(ApiError::from_store_error(error)) }).await
        }
    }
}

/// Reads the state, in the trace of `request`, and returns the live generation.
async fn read_live(known: &KnownGenerations, request: &Request) -> Result<Generation, ReadError> {
    let span = info_span!("query.read_generations", cqrs.side = "query", cqrs.destination = "read_store");
    telemetry::continue_trace(&span, &request.gateway().headers);
    Ok(known.refresh().instrument(span).await?.live)
}
