//! The commits of a stream, from the event table.

use std::fmt;

use dynoxide::Database;
use serde::Serialize;
use serde_json::Value;
use stack_telemetry::otlp::{TraceId, ids_of_traceparent};
use stack_template::Template;

use super::item::{ConsoleError, number, query, text};

/// Commits of one stream that are shown.
const SHOWN: usize = 50;

/// What is shown of a commit.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Commit {
    /// The stream.
    #[serde(skip)]
    pub(crate) stream: String,
    /// Version of the first event.
    pub(super) version: u64,
    /// Version of the last event.
    pub(super) last_version: u64,
    /// Its events: `{type, schema?, data}`.
    pub(super) events: Value,
    /// When it was accepted.
    pub(super) at: String,
    /// On whose behalf.
    pub(super) by: String,
    /// What ties it to other messages.
    pub(super) correlation_id: String,
    /// The trace that it was made in.
    pub trace_id: Option<TraceId>,
}

impl Commit {
    /// The commit that an item is; none where it is something else.
    pub(super) fn from_item(item: &Value) -> Option<Self> {
        let (version, count) = (number(item, "sk")?, number(item, "count")?);
        let or_empty = |name| text(item, name).unwrap_or_default().to_owned();
        Some(Self {
            stream: text(item, "pk")?.to_owned(),
            version,
            last_version: version.saturating_add(count).saturating_sub(1),
            events: serde_json::from_str(text(item, "events")?).ok()?,
            at: or_empty("at"),
            by: or_empty("by"),
            correlation_id: or_empty("correlation_id"),
            trace_id: text(item, "traceparent").and_then(ids_of_traceparent).map(|(trace, _)| trace),
        })
    }

    /// The type of the last event.
    pub(super) fn last_type(&self) -> &str {
        let events = self.events.as_array().and_then(|events| events.last());
        events.and_then(|event| event["type"].as_str()).unwrap_or_default()
    }
}

/// The commits of all streams.
#[derive(Clone)]
pub struct Commits {
    database: Database,
    table: Option<String>,
}

impl fmt::Debug for Commits {
    /// The database has no words for itself.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Commits").field("table", &self.table).finish_non_exhaustive()
    }
}

impl Commits {
    /// The commits in the template's event table: the one whose changes go into a stream.
    #[must_use]
    pub fn new(template: &Template, database: &Database) -> Self {
        let table = template.tables.iter().find(|table| table.change_stream.is_some());
        Self { database: database.clone(), table: table.map(|table| table.name.clone()) }
    }

    /// The last commits of a stream, the newest first.
    ///
    /// # Errors
    /// [`ConsoleError::Table`]
    pub fn of_stream(&self, stream: &str) -> Result<Vec<Commit>, ConsoleError> {
        let Some(table) = &self.table else { return Ok(Vec::new()) };
        let items = query(&self.database, table, stream, None, SHOWN)?;
        Ok(items.iter().filter_map(Commit::from_item).collect())
    }
}
