//! The errors of the generator. Each message is one line that names the file or the name, and the cure.

use std::path::PathBuf;

/// The reason why the generator wrote nothing.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// The name is not valid in code, in the template and in a path.
    #[error("{name:?} is no name: {reason}")]
    Name {
        /// What was given.
        name: String,
        /// The required form of a name.
        reason: String,
    },
    /// The aggregate or view does not exist.
    #[error("there is no {kind} {name}: {file} does not exist; there is {known}")]
    Unknown {
        /// `aggregate` or `view`.
        kind: &'static str,
        /// What was given.
        name: String,
        /// The file in which the generator looked.
        file: String,
        /// The existing names.
        known: String,
    },
    /// The name is already in use.
    #[error("{what} exists already, in {file}: choose another name, or remove it first")]
    Exists {
        /// What exists.
        what: String,
        /// Where.
        file: String,
    },
    /// A file of the project does not have the form that the generator needs.
    #[error(
        "{file} has no {anchor:?}, beside which the new lines belong: restore that line, or add the lines by hand"
    )]
    Anchor {
        /// The file.
        file: String,
        /// The missing text.
        anchor: String,
    },
    /// The working tree has uncommitted changes.
    #[error("the git tree has changes ({changed}): commit or stash them, or give --allow-dirty")]
    Dirty {
        /// The first changed files.
        changed: String,
    },
    /// Git or rustfmt cannot be run, or fails.
    #[error("{program} fails: {problem}")]
    Program {
        /// The program.
        program: &'static str,
        /// The program's message.
        problem: String,
    },
    /// A file cannot be read or written. The written files have been removed.
    #[error("{path}: {source}")]
    File {
        /// The file.
        path: PathBuf,
        /// The error of the file system.
        source: std::io::Error,
    },
}
