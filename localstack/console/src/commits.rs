//! Reads the commits of a stream from the event table.

use std::fmt;

use dynoxide::Database;
use serde::Serialize;
use serde_json::Value;
use stack_telemetry::otlp::{TraceId, ids_of_traceparent};
use stack_template::Template;

use super::headline::Headline;
use super::item::{ConsoleError, number, query, text};

/// Maximum number of commits that the page shows per stream.
const SHOWN: usize = 50;

/// The fields of a commit that the page shows.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Commit {
    /// The stream.
    #[serde(skip)]
    pub(crate) stream: String,
    /// Version of the first event.
    pub(super) version: u64,
    /// Version of the last event.
    pub(super) last_version: u64,
    /// The events: `{type, schema?, data}`.
    pub(super) events: Value,
    /// Time when the commit was accepted.
    pub(super) at: String,
    /// The user on whose behalf the commit was made.
    pub(super) by: String,
    /// Correlation id that the commit shares with related messages.
    pub(super) correlation_id: String,
    /// The trace in which the commit was made.
    pub trace_id: Option<TraceId>,
}

impl Commit {
    /// Parses an item of the event table; `None` if the item is not a commit.
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

    /// Types of the events, in order.
    pub(super) fn types(&self) -> impl Iterator<Item = &str> {
        self.events.as_array().into_iter().flatten().filter_map(|event| event["type"].as_str())
    }

    /// The headline in the events; a later event replaces the parts of an earlier one.
    pub(super) fn headline(&self) -> Headline {
        let events = self.events.as_array().into_iter().flatten();
        let data = events.filter_map(|event| event["data"].as_object());
        data.fold(Headline::default(), |earlier, data| Headline::from_attributes(data).or(earlier))
    }

    /// Type of the last event.
    pub(super) fn last_type(&self) -> &str {
        self.types().last().unwrap_or_default()
    }
}

/// Reads the commits of all streams.
#[derive(Clone)]
pub struct Commits {
    database: Database,
    table: Option<String>,
}

impl fmt::Debug for Commits {
    /// Omits the database, which does not implement `Debug`.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Commits").field("table", &self.table).finish_non_exhaustive()
    }
}

impl Commits {
    /// The commits in the template's event table, which is the table with a change stream.
    #[must_use]
    pub fn new(template: &Template, database: &Database) -> Self {
        let table = template.tables.iter().find(|table| table.change_stream.is_some());
        Self { database: database.clone(), table: table.map(|table| table.name.clone()) }
    }

    /// The newest commits of a stream, newest first.
    ///
    /// # Errors
    /// [`ConsoleError::Table`] when the event table cannot be read.
    pub fn of_stream(&self, stream: &str) -> Result<Vec<Commit>, ConsoleError> {
        let Some(table) = &self.table else { return Ok(Vec::new()) };
        let items = query(&self.database, table, stream, None, SHOWN)?;
        Ok(items.iter().filter_map(Commit::from_item).collect())
    }
}
