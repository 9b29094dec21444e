//! An entry of `PutEvents`, and the event that it becomes (`EventBridge` API reference, `PutEventsRequestEntry` and
//! `PutEventsResultEntry`; user guide, "Events").

use serde::Deserialize;
use serde_json::{Map, Value, json};
use stack_base::account::{ACCOUNT, DEFAULT_BUS, REGION, event_bus_arn, name_of_arn};
use stack_base::clock::{iso8601_in_seconds, now_ms};
use tokio::time::Instant;
use uuid::Uuid;

use super::event::Event;

/// Maximum length of a detail type in characters (`EventBridge` API reference, `PutEventsRequestEntry`).
const MAXIMUM_DETAIL_TYPE: usize = 128;
/// Size of a time in the calculation of an entry's size.
const TIME_SIZE: usize = 14;

/// An entry as the caller sends it.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default, deny_unknown_fields)]
pub(crate) struct Entry {
    source: Option<String>,
    detail_type: Option<String>,
    detail: Option<String>,
    event_bus_name: Option<String>,
    resources: Vec<String>,
    /// Seconds since the epoch.
    time: Option<f64>,
    /// An X-Ray header.
    trace_header: Option<String>,
}

/// Why an entry is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum EntryError {
    #[error("Parameter {0} is not valid. Reason: {0} is a required argument.")]
    Missing(&'static str),
    #[error(
        "Parameter DetailType is not valid. Reason: DetailType must have at most {MAXIMUM_DETAIL_TYPE} characters."
    )]
    LongDetailType,
    #[error("Detail is malformed.")]
    Detail,
    #[error("Not authorized for the source.")]
    Source,
    #[error("{0} is not an event bus of this account and region.")]
    Bus(String),
    #[error("Rate exceeded")]
    Throttled,
    #[error("Internal Service Failure")]
    Failed,
}

impl EntryError {
    /// The error code of `PutEventsResultEntry`. A publisher may retry after the last two.
    pub(crate) fn code(&self) -> &'static str {
        match self {
            Self::Missing(_) | Self::LongDetailType => "InvalidArgument",
            Self::Detail => "MalformedDetail",
            Self::Source => "NotAuthorizedForSourceException",
            Self::Bus(_) => "AccessDeniedException",
            Self::Throttled => "ThrottlingException",
            Self::Failed => "InternalFailure",
        }
    }
}

impl Entry {
    /// The size of the entry in bytes (user guide, "Calculating `PutEvents` event entry size").
    pub(crate) fn size(&self) -> usize {
        let texts = [&self.source, &self.detail_type, &self.detail].into_iter().flatten();
        let time = if self.time.is_some() { TIME_SIZE } else { 0 };
        time + texts.chain(&self.resources).map(String::len).sum::<usize>()
    }

    /// Checks the entry. The event gets an id.
    ///
    /// # Errors
    /// [`EntryError`] when the entry is refused.
    pub(crate) fn event(&self) -> Result<Event, EntryError> {
        let required = |name, value: &Option<String>| {
            value.clone().filter(|value| !value.is_empty()).ok_or(EntryError::Missing(name))
        };
        let source = required("Source", &self.source)?;
        let detail_type = required("DetailType", &self.detail_type)?;
        let detail = required("Detail", &self.detail)?;
        if detail_type.chars().count() > MAXIMUM_DETAIL_TYPE {
            return Err(EntryError::LongDetailType);
        }
        // Only AWS's own services may use these sources.
        if source.starts_with("aws.") {
            return Err(EntryError::Source);
        }
        let detail: Map<String, Value> = serde_json::from_str(&detail).map_err(|_| EntryError::Detail)?;
        let (id, accepted_ms) = (Uuid::new_v4().to_string(), now_ms());
        #[expect(
            clippy::cast_possible_truncation,
            reason = "a time beyond 64 bits is not a time of a caller"
        )]
        let time_ms = self.time.map_or(accepted_ms, |seconds| (seconds * 1000.0) as i64);
        let document = json!({
            "version": "0",
            "id": id,
            "detail-type": detail_type,
            "source": source,
            "account": ACCOUNT,
            "time": iso8601_in_seconds(time_ms),
            "region": REGION,
            "resources": self.resources,
            "detail": detail,
        });
        let (bus, trace) = (self.bus()?, self.trace_header.clone());
        Ok(Event { id, bus, document, trace, accepted_ms, accepted: Instant::now() })
    }

    /// Name of the bus, which the entry gives by name or ARN.
    pub(crate) fn bus(&self) -> Result<String, EntryError> {
        let given = self.event_bus_name.as_deref().unwrap_or(DEFAULT_BUS);
        let name = name_of_arn(given);
        if given.starts_with("arn:") && given != event_bus_arn(name) {
            return Err(EntryError::Bus(given.to_owned()));
        }
        Ok(name.to_owned())
    }
}
