//! The main loop of a function: it handles events, and exports the remaining spans at the end.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use lambda_runtime::tower::{Layer, Service};
use lambda_runtime::{Error, LambdaEvent, LambdaInvocation, Runtime, service_fn};
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::export::{Exporter, Losses};
use crate::invocation::{Invocation, Unreported, time_left};
use crate::{Telemetry, clock};

/// How long before its deadline an invocation ends the export of its spans. Lambda ends a sandbox at the deadline, also if
/// the response has been sent.
const MARGIN: Duration = Duration::from_millis(100);

impl Telemetry {
    /// Handles events with `handler` until Lambda ends the sandbox. An error of `handler` is reported to Lambda.
    ///
    /// After each response, the spans of the invocation are exported within `OTEL_EXPORTER_OTLP_TIMEOUT`, and before the
    /// deadline of the invocation. At SIGTERM,
    /// the remaining spans are exported within [`LAST_FLUSH`](crate::LAST_FLUSH). Lambda sends SIGTERM only if there is
    /// an extension, such as the collector's layer. Without an extension the sandbox ends without notice. At that point
    /// the only spans left are those that a failing collector did not accept.
    ///
    /// # Errors
    /// An error if Lambda's Runtime API cannot be reached or sends an invalid response.
    pub async fn run<A, R, H>(self, handler: H) -> Result<(), Error>
    where
        A: DeserializeOwned,
        R: Serialize,
        H: AsyncFn(LambdaEvent<A>) -> Result<R, Error>,
    {
        let (exporter, handler) = (self.exporter.as_ref(), &handler);
        // A handler's future is large, and the layers of the runtime would move it several times.
        let service = service_fn(async move |event| Box::pin(handler(event)).await);
        let runtime = Runtime::new(service).layer(InvocationLayer { exporter });
        // A handler for SIGTERM must also end the process. Without spans there is nothing to do at SIGTERM, so the
        // default action of the signal stays.
        let Some(exporter) = exporter else { return runtime.run().await };
        let Some(mut end) = sigterm() else { return runtime.run().await };
        tokio::select! {
            result = runtime.run() => result,
            _ = end.recv() => {
                exporter.finish().await;
                Ok(())
            }
        }
    }
}

/// Listens for the signal that Lambda sends before the end. If that fails, the sandbox ends without notice.
fn sigterm() -> Option<Signal> {
    let listening = signal(SignalKind::terminate());
    listening
        .inspect_err(|error| {
            tracing::warn!(
                error = error as &dyn std::error::Error,
                "cannot listen for SIGTERM, so spans may be lost"
            );
        })
        .ok()
}

/// Wraps a service in [`Invocations`].
#[derive(Debug)]
struct InvocationLayer<'a> {
    exporter: Option<&'a Exporter>,
}

impl<'a, S> Layer<S> for InvocationLayer<'a> {
    type Service = Invocations<'a, S>;

    fn layer(&self, inner: S) -> Invocations<'a, S> {
        Invocations { inner, exporter: self.exporter, cold_start: true }
    }
}

/// Sets the current invocation before calling the service, and exports the spans after the service has posted the
/// response. Lambda has the response by then, and does not freeze the sandbox before the function asks for the next
/// event.
#[derive(Debug)]
struct Invocations<'a, S> {
    inner: S,
    exporter: Option<&'a Exporter>,
    cold_start: bool,
}

impl<'a, S> Service<LambdaInvocation> for Invocations<'a, S>
where
    S: Service<LambdaInvocation, Response = (), Error = Error>,
    S::Future: 'a,
{
    type Response = ();
    type Error = Error;
    type Future = Pin<Box<dyn Future<Output = Result<(), Error>> + 'a>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, event: LambdaInvocation) -> Self::Future {
        let losses = self.exporter.map_or_else(Losses::default, Exporter::take_losses);
        let unreported =
            Unreported { cold_start: std::mem::take(&mut self.cold_start), losses, counted: Vec::new() };
        let invocation = Invocation::new(&event.context, unreported);
        let deadline = Some(event.context.deadline).filter(|deadline| *deadline > 0);
        let work = invocation.around(self.inner.call(event));
        let exporter = self.exporter;
        Box::pin(async move {
            let result = work.await;
            if let Some(exporter) = exporter {
                let left = deadline.map_or(Duration::MAX, |end| time_left(end, clock::now()));
                exporter.flush(left.saturating_sub(MARGIN)).await;
            }
            result
        })
    }
}
