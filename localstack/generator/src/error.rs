//! Why nothing was generated, in one line that names the file or the name and the cure.

use std::path::PathBuf;

/// Why the generator wrote nothing.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// A name that cannot stand in code, in the template and in a path.
    #[error("{name:?} is no name: {reason}")]
    Name {
        /// What was given.
        name: String,
        /// What a name must be.
        reason: String,
    },
    /// There is no such aggregate or view.
    #[error("there is no {kind} {name}: {file} does not exist; there is {known}")]
    Unknown {
        /// `aggregate` or `view`.
        kind: &'static str,
        /// What was given.
        name: String,
        /// The file that would hold it.
        file: String,
        /// What there is.
        known: String,
    },
    /// Something of this name exists.
    #[error("{what} exists already, in {file}: choose another name, or remove it first")]
    Exists {
        /// What exists.
        what: String,
        /// Where.
        file: String,
    },
    /// A file of the project has another form than the generator relies on.
    #[error(
        "{file} has no {anchor:?}, beside which the new lines belong: restore that line, or add the lines by hand"
    )]
    Anchor {
        /// The file.
        file: String,
        /// The text that was looked for.
        anchor: String,
    },
    /// The working tree has changes that are not committed.
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
        /// What it said.
        problem: String,
    },
    /// The files cannot be read or written. What was written has been taken back.
    #[error("{path}: {source}")]
    File {
        /// The file.
        path: PathBuf,
        /// What the file system said.
        source: std::io::Error,
    },
}
