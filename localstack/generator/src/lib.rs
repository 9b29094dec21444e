//! `cargo local new`: writes the code of a new aggregate, command, projection or query into the project.
//!
//! The generator works on text and reads the project's files. The templates below `templates/` are real source files
//! about a stand-in, a `paper-crane`. New lines in existing files are inserted at anchors. The generator first computes
//! all changes and then writes them, so a refused run changes nothing.

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
mod stand_in;
mod text;

use std::fmt;
use std::path::Path;

use draft::Draft;
use event::EventName;
use hint::Hint;
use name::Name;
use project::{Aggregate, View};

pub use error::Refusal;

/// What is to be generated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// An aggregate in one file, and the function of the command that opens it.
    Aggregate {
        /// The command that opens it.
        opening: String,
        /// The name of its event, instead of the past tense of the command.
        event: Option<String>,
    },
    /// A command on an aggregate, and its function.
    Command {
        /// The name of the aggregate.
        aggregate: String,
        /// The name of its event, instead of the past tense of the command.
        event: Option<String>,
    },
    /// A view of an aggregate, and the function that keeps it.
    Projection {
        /// The name of the aggregate.
        aggregate: String,
    },
    /// A query of one view by its id, and its function.
    Query {
        /// The name of the view.
        view: String,
    },
}

/// A place that is to be filled in by hand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FillIn {
    /// The file.
    pub file: String,
    /// The line.
    pub line: usize,
    /// What belongs there.
    pub what: String,
}

/// What was generated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Generated {
    /// The paths of the new files.
    pub new: Vec<String>,
    /// The paths of the files that got more lines.
    pub changed: Vec<String>,
    /// What is to be filled in by hand.
    pub fill_in: Vec<FillIn>,
}

/// Generates what `kind` says, under `name`, into the project whose root is `root`.
///
/// # Errors
/// [`Refusal`]; the project is as it was then.
pub fn generate(root: &Path, kind: &Kind, name: &str, allow_dirty: bool) -> Result<Generated, Refusal> {
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

fn event_name(aggregate: &Name, command: &Name, given: Option<&str>) -> Result<EventName, Refusal> {
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
        writeln!(f, "\nIt compiles and its tests pass as it is. Fill in:")?;
        for FillIn { file, line, what } in &self.fill_in {
            writeln!(f, "  {file}:{line}\n      {what}")?;
        }
        Ok(())
    }
}
