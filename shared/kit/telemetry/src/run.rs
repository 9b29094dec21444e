//! Running: events in, answers out, and what is left of the spans at the end.

use lambda_runtime::{Error, LambdaEvent, Runtime, service_fn};
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::Telemetry;
use crate::lambda::Frame;

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
