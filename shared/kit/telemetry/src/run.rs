//! Running: events in, answers out, and what is left of the spans at the end.

use std::pin::Pin;
use std::task::{Context, Poll};

use lambda_runtime::tower::{Layer, Service};
use lambda_runtime::{Error, LambdaEvent, LambdaInvocation, Runtime, service_fn};
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::Telemetry;
use crate::export::{Exporter, Losses};
use crate::invocation::{Invocation, Unreported};

impl Telemetry {
    /// Answers events with `handler`, or has Lambda know of its failure, until Lambda ends the sandbox.
    ///
    /// After each answer the spans of the invocation leave, within `OTEL_EXPORTER_OTLP_TIMEOUT`. At SIGTERM those leave
    /// that are left, within [`LAST_FLUSH`](crate::LAST_FLUSH). Lambda sends it only where an extension is there, such as the collector's layer; without one
    /// the end comes without notice, and finds nothing but what a failing collector has not taken.
    ///
    /// # Errors
    /// Where Lambda's Runtime API cannot be reached or says something else than it should.
    pub async fn run<A, R, H>(self, handler: H) -> Result<(), Error>
    where
        A: DeserializeOwned,
        R: Serialize,
        H: AsyncFn(LambdaEvent<A>) -> Result<R, Error>,
    {
        let (exporter, handler) = (self.exporter.as_ref(), &handler);
        let service = service_fn(async move |event| handler(event).await);
        let runtime = Runtime::new(service).layer(Frame { exporter });
        // Whoever listens must act, too: without spans SIGTERM ends the process as ever.
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

/// The signal that Lambda sends before the end. Where it cannot be listened for, the end comes without notice.
fn sigterm() -> Option<Signal> {
    let listening = signal(SignalKind::terminate());
    listening
        .inspect_err(|error| {
            tracing::warn!(error = error as &dyn std::error::Error, "SIGTERM ends all at once");
        })
        .ok()
}

/// Puts [`Invocations`] around a service.
#[derive(Debug)]
struct Frame<'a> {
    exporter: Option<&'a Exporter>,
}

impl<'a, S> Layer<S> for Frame<'a> {
    type Service = Invocations<'a, S>;

    fn layer(&self, inner: S) -> Invocations<'a, S> {
        Invocations { inner, exporter: self.exporter, cold_start: true }
    }
}

/// Notes what an invocation is before the service gets it. What is inside ends when the answer is posted, so that
/// here the invocation's spans leave: Lambda has the answer, and freezes nothing before the next event is asked for.
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
        let unreported = Unreported { cold_start: std::mem::take(&mut self.cold_start), losses };
        let invocation = Invocation::new(&event.context, unreported);
        let work = invocation.around(self.inner.call(event));
        let exporter = self.exporter;
        Box::pin(async move {
            let result = work.await;
            if let Some(exporter) = exporter {
                exporter.flush().await;
            }
            result
        })
    }
}
