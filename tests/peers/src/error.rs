//! The errors of a comparison. Each one names the step that failed.

use std::error::Error;
use std::path::PathBuf;

/// Why the comparison stopped.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PeersError {
    /// A request, a contender or a decoder failed.
    #[error("{step}")]
    Failed {
        /// What was attempted.
        step: &'static str,
        /// The cause.
        source: Box<dyn Error + Send + Sync>,
    },
    /// A contender did something that its scenario does not allow.
    #[error("{contender}: {problem}")]
    Unexpected {
        /// The name of the contender.
        contender: &'static str,
        /// What happened.
        problem: String,
    },
    /// A table has no such cell.
    #[error("the table {table} has no row {row:?} with a column {column:?}")]
    UnknownCell {
        /// The name of the table.
        table: &'static str,
        /// The row.
        row: String,
        /// The column.
        column: String,
    },
    /// A file cannot be read or written.
    #[error("{path}")]
    File {
        /// The file.
        path: PathBuf,
        /// The error of the file system.
        source: std::io::Error,
    },
    /// The page does not have the form that this program writes.
    #[error("docs/performance.md: {0}")]
    Page(String),
    /// An argument is unknown or lacks its value.
    #[error("{0:?} is not an argument; see tests/peers/run")]
    Argument(String),
}

/// Names the step in which an error happened.
pub(crate) fn failed<E: Into<Box<dyn Error + Send + Sync>>>(
    step: &'static str,
) -> impl FnOnce(E) -> PeersError {
    move |source| PeersError::Failed { step, source: source.into() }
}

/// The message of an error with the messages of its causes.
pub(crate) fn with_causes(error: &(dyn Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(next) = cause {
        text = format!("{text}: {next}");
        cause = next.source();
    }
    text
}
