//! Why the published contract is not that of the code.

use std::path::{Path, PathBuf};

use es_core::StoredEvent;

use crate::Change;

/// Why the published contract is not that of the code, or an event is not one of the contract.
#[derive(Debug, thiserror::Error)]
pub enum ContractError {
    /// The generated schema of an enum has no branch for one of its events.
    #[error("the JSON Schema of the enum has no event {event}: derive JsonSchema for the enum of the events")]
    NoSchema {
        /// The name of the event.
        event: &'static str,
    },
    /// A personal field is not in the schema of its event.
    #[error("the JSON Schema has no field {field}, which the events declare as personal")]
    NoField {
        /// The name of the event and the path of the field.
        field: String,
    },
    /// A file cannot be read or written.
    #[error("{path}: {source}")]
    File {
        /// The path of the file.
        path: PathBuf,
        /// The error of the file system.
        source: std::io::Error,
    },
    /// A file is not JSON, or a document cannot be written as JSON.
    #[error("{path}: {source}")]
    Json {
        /// The path of the file.
        path: PathBuf,
        /// The error of the parser.
        source: serde_json::Error,
    },
    /// A committed file is not a JSON Schema.
    #[error("{path}: {reason}")]
    InvalidSchema {
        /// The path of the file.
        path: PathBuf,
        /// Why it is no schema.
        reason: String,
    },
    /// The schema of an event changed so that a consumer cannot read every event.
    #[error("{path} is published, and consumers cannot read this change of {event}:\n{}\nRaise the schema number, \
             #[event(schema = {})], and write an upcaster; or undo the change. If no event with this schema was ever \
             stored, delete the file and generate it again.", lines(.changes), .schema + 1)]
    Breaks {
        /// The name of the event.
        event: &'static str,
        /// The schema number that the change needs to leave.
        schema: u32,
        /// The path of the committed schema.
        path: PathBuf,
        /// The changes that break a consumer.
        changes: Vec<Change>,
    },
    /// The schema of an old number has no file. It cannot be generated, because the code has no type for it.
    #[error("{path} is missing: streams keep events of this schema; restore the file from an earlier commit")]
    NoFile {
        /// The path of the missing file.
        path: PathBuf,
    },
    /// A committed schema belongs to no event of the code.
    #[error(
        "{path} is published, but the code has no such event: streams keep their events, so the event stays in \
             the domain"
    )]
    UnknownEvent {
        /// The path of the file.
        path: PathBuf,
    },
    /// The page lacks the markers between which the events are written.
    #[error("{path} lacks the lines <!-- generated: events --> and <!-- end -->")]
    NoMarkers {
        /// The path of the page.
        path: PathBuf,
    },
    /// Generated files differ from the committed ones.
    #[error(
        "these files are not those that the types of the events generate:\n{}\nUPDATE_SCHEMAS=1 {command}",
        paths(.files)
    )]
    Stale {
        /// The files to generate again.
        files: Vec<PathBuf>,
        /// The command that generates them.
        command: &'static str,
    },
    /// The contract has no schema of an event.
    #[error("the contract has no schema {schema} of {event}")]
    Unpublished {
        /// The name of the event.
        event: String,
        /// Its schema number.
        schema: u32,
    },
    /// An event does not have the form of its schema.
    #[error("{event} of schema {schema} does not have the published form: {reason}")]
    Mismatch {
        /// The name of the event.
        event: String,
        /// Its schema number.
        schema: u32,
        /// The first difference.
        reason: String,
    },
}

impl ContractError {
    /// The error of an event that does not have the form of its schema.
    pub(crate) fn mismatch(event: &StoredEvent, reason: &impl ToString) -> Self {
        Self::Mismatch { event: event.event_type.clone(), schema: event.schema, reason: reason.to_string() }
    }

    /// Adds the path of the file to an error of the file system.
    pub(crate) fn file(path: &Path) -> impl FnOnce(std::io::Error) -> Self + '_ {
        |source| Self::File { path: path.to_owned(), source }
    }

    /// Adds the path of the file to an error of the parser.
    pub(crate) fn json(path: &Path) -> impl FnOnce(serde_json::Error) -> Self + '_ {
        |source| Self::Json { path: path.to_owned(), source }
    }
}

fn lines(changes: &[Change]) -> String {
    changes.iter().map(|change| format!("- {change}")).collect::<Vec<_>>().join("\n")
}

fn paths(files: &[PathBuf]) -> String {
    files.iter().map(|path| format!("- {}", path.display())).collect::<Vec<_>>().join("\n")
}
