//! The contract of all events: its parts and its paths.

use std::path::{Path, PathBuf};

use event_bus::EventSchema;
use serde_json::Value;

use crate::EventType;

/// The contract of all events of a project: where its files are, and the types that they are generated from.
#[derive(Debug)]
pub struct EventContract {
    /// The root folder of the project.
    pub root: PathBuf,
    /// The folder of the contract below the root. It has `asyncapi.json`, and one schema for each event and number in
    /// `events`.
    pub folder: &'static str,
    /// The page for readers below the root. The text between the lines `<!-- generated: events -->` and `<!-- end -->`
    /// is generated.
    pub page: &'static str,
    /// The title of the `AsyncAPI` document.
    pub title: &'static str,
    /// The version of the `AsyncAPI` document.
    pub version: &'static str,
    /// The description of the `AsyncAPI` document.
    pub description: &'static str,
    /// The command that generates the files if the environment has `UPDATE_SCHEMAS=1`.
    pub command: &'static str,
    /// The beginning of the `dataschema` of all events in the bus. It is also the `$id` of their schemas.
    pub schema_ids: &'static str,
    /// The types of all events.
    pub types: Vec<EventType>,
}

/// A published schema of an event.
#[derive(Debug)]
pub(crate) struct Published {
    /// The schema number.
    pub(crate) number: u32,
    /// The JSON Schema.
    pub(crate) document: Value,
}

/// An event with all its published schemas, the oldest first. The last one is the present one.
#[derive(Debug)]
pub(crate) struct EventHistory<'a> {
    pub(crate) event: &'a EventType,
    pub(crate) schemas: Vec<Published>,
}

impl EventContract {
    /// The folder of the schemas.
    #[must_use]
    pub fn events(&self) -> PathBuf {
        self.root.join(self.folder).join("events")
    }

    /// The `$id` of a schema, which is also the `dataschema` of its events in the bus.
    pub(crate) fn schema_id(&self, name: &str, number: u32) -> String {
        EventSchema::new(self.schema_ids, name, number).to_string()
    }

    /// The path of a schema below the root.
    pub(crate) fn schema_path(&self, name: &str, number: u32) -> PathBuf {
        Path::new(self.folder).join("events").join(format!("{name}.{number}.json"))
    }
}
