//! The errors of the generator. Each message is one line with the file or the name, and the solution.

use std::path::PathBuf;

/// The reason why the generator wrote nothing.
#[derive(Debug, thiserror::Error)]
pub enum GeneratorError {
    /// The name is not valid in code, in the template and in a path.
    #[error("{name:?} is not a valid name: {reason}")]
    Name {
        /// The given name.
        name: String,
        /// The required form of a name.
        reason: String,
    },
    /// The aggregate or view does not exist.
    #[error("there is no {kind} {name}: {file} does not exist; this project has {known}")]
    Unknown {
        /// `aggregate` or `view`.
        kind: &'static str,
        /// The given name.
        name: String,
        /// The file in which the generator looked.
        file: String,
        /// The existing names.
        known: String,
    },
    /// No aggregate has the event.
    #[error(
        "no aggregate in shared/shop/domain/src has the event {event}: write its stored name, for example OrderConfirmed"
    )]
    UnknownEvent {
        /// The given name.
        event: String,
    },
    /// No sample of a projection has the event, so the generator does not know its data.
    #[error("no sample in events/ has the event {event}: add one to a projection with `cargo local sample`")]
    NoSample {
        /// The given name.
        event: String,
    },
    /// The reaction would follow from its own command.
    #[error(
        "each {event} would lead to another {event}, without an end: choose another event or another aggregate"
    )]
    Endless {
        /// The given name.
        event: String,
    },
    /// The name is already in use.
    #[error("{what} exists already, in {file}: choose another name, or remove it first")]
    Exists {
        /// The existing thing, for example `the route /queries/orders`.
        what: String,
        /// The file that contains it.
        file: String,
    },
    /// A file of the project does not have the form that the generator needs.
    #[error(
        "{file} has no {anchor:?}, which marks the place of the new lines: restore that line, or write the code by hand"
    )]
    Anchor {
        /// The file.
        file: String,
        /// The missing text.
        anchor: String,
    },
    /// The working tree has uncommitted changes.
    #[error("the git tree has changes ({changed}): commit or stash them, or pass --allow-dirty")]
    Dirty {
        /// The first changed files.
        changed: String,
    },
    /// Git or rustfmt could not be started, or failed.
    #[error("{program} failed: {problem}")]
    Program {
        /// The program.
        program: &'static str,
        /// The program's message.
        problem: String,
    },
    /// A file cannot be read or written. The project has its old state again.
    #[error("{path}: {source}")]
    File {
        /// The file.
        path: PathBuf,
        /// The error of the file system.
        source: std::io::Error,
    },
}
