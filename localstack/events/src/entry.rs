//! An entry of `PutEvents`, and the event that it becomes (`EventBridge` API reference, `PutEventsRequestEntry` and
//! `PutEventsResultEntry`; user guide, "Events").

use serde::Deserialize;
use serde_json::{Map, Value, json};
use stack_base::account::{ACCOUNT, REGION, event_bus_arn, name_of_arn};
use stack_base::clock::{iso8601, now_ms};
use stack_template::DEFAULT_BUS;
use uuid::Uuid;

/// Maximum length of a detail type in characters.
const MAXIMUM_DETAIL_TYPE: usize = 128;
/// Size of a time in the calculation of an entry's size.
const TIME_SIZE: usize = 14;

/// An entry as the caller sends it.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct Entry {
    source: Option<String>,
    detail_type: Option<String>,
    detail: Option<String>,
    event_bus_name: Option<String>,
    resources: Vec<String>,
    /// Seconds since the epoch.
    time: Option<f64>,
}

/// An accepted event.
#[derive(Debug)]
pub(crate) struct Event {
    pub(crate) id: String,
    /// Name of the bus.
    pub(crate) bus: String,
    /// The event as targets get it.
    pub(crate) document: Value,
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
}

impl EntryError {
    /// The error code of `PutEventsResultEntry`.
    pub(crate) fn code(&self) -> &'static str {
        match self {
            Self::Missing(_) | Self::LongDetailType => "InvalidArgument",
            Self::Detail => "MalformedDetail",
            Self::Source => "NotAuthorizedForSourceException",
            Self::Bus(_) => "AccessDeniedException",
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
}

impl Event {
    /// Checks an entry, and gives it an id.
    pub(crate) fn from_entry(entry: &Entry) -> Result<Self, EntryError> {
        let required = |name, value: &Option<String>| {
            value.clone().filter(|value| !value.is_empty()).ok_or(EntryError::Missing(name))
        };
        let source = required("Source", &entry.source)?;
        let detail_type = required("DetailType", &entry.detail_type)?;
        let detail = required("Detail", &entry.detail)?;
        if detail_type.chars().count() > MAXIMUM_DETAIL_TYPE {
            return Err(EntryError::LongDetailType);
        }
        // Only AWS's own services may use these sources.
        if source.starts_with("aws.") {
            return Err(EntryError::Source);
        }
        let detail: Map<String, Value> = serde_json::from_str(&detail).map_err(|_| EntryError::Detail)?;
        let id = Uuid::new_v4().to_string();
        let document = json!({
            "version": "0",
            "id": id,
            "detail-type": detail_type,
            "source": source,
            "account": ACCOUNT,
            "time": in_seconds(entry.time),
            "region": REGION,
            "resources": entry.resources,
            "detail": detail,
        });
        Ok(Self { id, bus: bus(entry)?, document })
    }
}

/// Name of the bus, which an entry gives by name or ARN.
fn bus(entry: &Entry) -> Result<String, EntryError> {
    let given = entry.event_bus_name.as_deref().unwrap_or(DEFAULT_BUS);
    let name = name_of_arn(given);
    if given.starts_with("arn:") && given != event_bus_arn(name) {
        return Err(EntryError::Bus(given.to_owned()));
    }
    Ok(name.to_owned())
}

/// The time of an event, now by default, in whole seconds: `2026-01-31T12:00:00Z`.
fn in_seconds(time: Option<f64>) -> String {
    #[expect(clippy::cast_possible_truncation, reason = "a time beyond 64 bits is not a time of a caller")]
    let ms = time.map_or_else(now_ms, |seconds| (seconds * 1000.0) as i64);
    let time = iso8601(ms);
    let whole = time.split('.').next().unwrap_or_default();
    format!("{whole}Z")
}
