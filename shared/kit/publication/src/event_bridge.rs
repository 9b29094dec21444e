//! The bus in Amazon `EventBridge`.

use aws_client::AttemptSpans;
use aws_sdk_eventbridge::Client;
use aws_sdk_eventbridge::error::ProvideErrorMetadata;
use aws_sdk_eventbridge::primitives::DateTime;
use aws_sdk_eventbridge::types::{PutEventsRequestEntry, PutEventsResultEntry};
use aws_types::SdkConfig;

use crate::{BusEntry, EventBus, PutError};

/// An event bus of Amazon `EventBridge`. The client defines the timeouts and retries.
#[derive(Debug, Clone)]
pub struct EventBridge {
    client: Client,
    bus: String,
    side: &'static str,
}

impl EventBridge {
    /// The bus with the name or ARN `bus`, reached as `config` says.
    #[must_use]
    pub fn new(config: &SdkConfig, bus: impl Into<String>) -> Self {
        let config = aws_sdk_eventbridge::config::Builder::from(config).interceptor(AttemptSpans).build();
        Self { client: Client::from_conf(config), bus: bus.into(), side: "projection" }
    }

    /// The same bus, whose spans name `side` as the caller's side.
    #[must_use]
    pub fn on_side(self, side: &'static str) -> Self {
        Self { side, ..self }
    }

    fn entry(&self, entry: &BusEntry) -> PutEventsRequestEntry {
        // The bus has the time in seconds. The envelope has the microseconds.
        PutEventsRequestEntry::builder()
            .event_bus_name(&self.bus)
            .source(&entry.source)
            .detail_type(&entry.detail_type)
            .time(DateTime::from_secs(entry.time.micros().div_euclid(1_000_000)))
            .detail(&entry.detail)
            .build()
    }
}

/// The result of one entry.
fn result(entry: &PutEventsResultEntry) -> Result<(), PutError> {
    let Some(code) = entry.error_code() else { return Ok(()) };
    let reason = [code, ": ", entry.error_message().unwrap_or_default()].concat();
    Err(error_for(code, reason))
}

/// The error for an error code of an entry or of a request.
///
/// Source: Amazon `EventBridge` API Reference, `PutEventsResultEntry`.
fn error_for(code: &str, reason: String) -> PutError {
    match code {
        "ThrottlingException" => PutError::Throttled(reason),
        // The entry itself can never be accepted.
        "InvalidArgument" | "MalformedDetail" | "RedactionFailure" => PutError::Refused(reason),
        // A retry may cure "InternalFailure". "AccessDeniedException", "InvalidAccountIdException",
        // "NotAuthorizedForSourceException" and "NotAuthorizedForDetailTypeException" end when somebody has changed the
        // deployment, because the events are right. Codes that are new count as these.
        _ => PutError::Unavailable(reason),
    }
}

impl EventBus for EventBridge {
    #[tracing::instrument(name = "event_bus.publish", skip_all, fields(
        otel.kind = "producer", cqrs.side = self.side, messaging.system = "aws.eventbridge",
        messaging.operation.name = "publish",
        messaging.destination.name = self.bus, messaging.batch.message_count = i64::try_from(entries.len()).unwrap_or(i64::MAX),
    ))]
    async fn put(&self, entries: &[&BusEntry]) -> Result<Vec<Result<(), PutError>>, PutError> {
        let put = self.client.put_events();
        let put = put.set_entries(Some(entries.iter().map(|entry| self.entry(entry)).collect()));
        // Boxed, because the SDK's futures hold kilobytes of state and nest too deeply for the compiler to lay them out
        // in place.
        match Box::pin(put.send()).await {
            Ok(answer) => Ok(answer.entries().iter().map(result).collect()),
            Err(error) => {
                let (code, reason) = (error.code().unwrap_or_default(), projection::with_sources(&error));
                Err(match error_for(code, reason) {
                    // A request is refused as a whole because of the deployment, not because of one event.
                    PutError::Refused(reason) => PutError::Unavailable(reason),
                    other => other,
                })
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{PutError, error_for};

    #[test]
    fn each_error_code_says_what_a_retry_can_do() {
        let of = |code| error_for(code, String::new());
        assert_eq!(of("ThrottlingException"), PutError::Throttled(String::new()));
        for code in ["InvalidArgument", "MalformedDetail", "RedactionFailure"] {
            assert_eq!(of(code), PutError::Refused(String::new()), "{code}");
        }
        for code in [
            "InternalFailure",
            "AccessDeniedException",
            "InvalidAccountIdException",
            "NotAuthorizedForSourceException",
            "NotAuthorizedForDetailTypeException",
            "OfTheFuture",
        ] {
            assert_eq!(of(code), PutError::Unavailable(String::new()), "{code}");
        }
    }
}
