//! `cargo local new` generates the code of a new aggregate, command, projection, query or reaction in the project.
//!
//! The generator works on the text of the project's files. The templates in `templates/` are source files of an example
//! aggregate, `paper-crane`, whose names are replaced. New lines in existing files are inserted at anchors, which are
//! lines with a known text. The generator computes all changes before it writes any, so a refused run changes nothing.

mod aggregate;
mod command;
mod draft;
mod error;
mod event;
mod git;
mod hint;
mod http_function;
mod name;
mod project;
mod projection;
mod query;
mod reaction;
mod stand_in;
mod text;

use std::fmt;
use std::path::Path;

use draft::Draft;
use event::EventName;
use hint::Hint;
use name::Name;
use project::{Aggregate, View};

pub use error::GeneratorError;

/// The kind of code to generate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// An aggregate in one file, and the function of the command that opens it.
    Aggregate {
        /// The name of the command that opens the aggregate.
        opening: String,
        /// The name of the command's event. The default is the past tense of the command.
        event: Option<String>,
    },
    /// A command on an aggregate, and its function.
    Command {
        /// The name of the aggregate.
        aggregate: String,
        /// The name of the command's event. The default is the past tense of the command.
        event: Option<String>,
    },
    /// A view of an aggregate, and the function that updates it.
    Projection {
        /// The name of the aggregate.
        aggregate: String,
    },
    /// A query that returns a view by its id, and its function.
    Query {
        /// The name of the view.
        view: String,
    },
    /// A reaction, which opens an aggregate after an event, and its function.
    Reaction {
        /// The stored name of the event.
        event: String,
        /// The name of the aggregate.
        opened: String,
    },
}

/// A line that the developer must complete.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FillIn {
    /// The file.
    pub file: String,
    /// The number of the line.
    pub line: usize,
    /// The instruction for the developer.
    pub what: String,
}

/// The result of a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Generated {
    /// The paths of the new files.
    pub new: Vec<String>,
    /// The paths of the existing files to which lines were added.
    pub changed: Vec<String>,
    /// The lines that the developer must complete.
    pub fill_in: Vec<FillIn>,
}

/// Generates the code of `kind` with the name `name` in the project whose root folder is `root`.
///
/// # Errors
/// [`GeneratorError`]. The project is unchanged then.
pub fn generate(
    root: &Path,
    kind: &Kind,
    name: &str,
    allow_dirty: bool,
) -> Result<Generated, GeneratorError> {
    let name = Name::new(name)?;
    if !allow_dirty {
        git::is_clean(root)?;
    }
    let mut draft = Draft::new(root);
    let hints = match kind {
        Kind::Aggregate { opening, event } => {
            let opening = Name::new(opening)?;
            let event = event_name(&name, &opening, event.as_deref())?;
            aggregate::draft(&mut draft, &Aggregate::new(name, opening, event))?
        }
        Kind::Command { aggregate, event } => {
            let aggregate = Aggregate::find(&draft, Name::new(aggregate)?)?;
            let event = event_name(&aggregate.name, &name, event.as_deref())?;
            command::draft(&mut draft, &aggregate, &name, &event)?
        }
        Kind::Projection { aggregate } => {
            let aggregate = Aggregate::find(&draft, Name::new(aggregate)?)?;
            projection::draft(&mut draft, &aggregate, &name)?
        }
        Kind::Query { view } => {
            let view = View::find(&draft, Name::new(view)?)?;
            let aggregate = Aggregate::find(&draft, view.aggregate.clone())?;
            query::draft(&mut draft, &aggregate, &view, &name)?
        }
        Kind::Reaction { event, opened } => {
            let opened = Aggregate::find(&draft, Name::new(opened)?)?;
            reaction::draft(&mut draft, &opened, &name, event)?
        }
    };
    draft.format()?;
    draft.write()?;
    let (new, changed) = draft.paths();
    let fill_in = hints.into_iter().filter_map(|Hint { file, text, what }| {
        let line = draft.line_of(&file, &text)?;
        Some(FillIn { file, line, what: what.to_owned() })
    });
    Ok(Generated { new, changed, fill_in: fill_in.collect() })
}

fn event_name(aggregate: &Name, command: &Name, given: Option<&str>) -> Result<EventName, GeneratorError> {
    match given {
        Some(event) => EventName::new(aggregate, event),
        None => Ok(EventName::from_command(aggregate, command)),
    }
}

impl fmt::Display for Generated {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for path in &self.new {
            writeln!(f, "new      {path}")?;
        }
        for path in &self.changed {
            writeln!(f, "changed  {path}")?;
        }
        writeln!(f, "\nThe new code compiles and its tests pass. Complete these lines:")?;
        for FillIn { file, line, what } in &self.fill_in {
            writeln!(f, "  {file}:{line}\n      {what}")?;
        }
        Ok(())
    }
}
