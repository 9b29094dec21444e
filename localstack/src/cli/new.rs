//! `cargo local new`: writes the code of a new aggregate, command, projection, query or reaction into the project.

use std::io::Write;
use std::path::Path;

use clap::{Args, Subcommand};
use stack_generator::Kind;

use super::error::CliError;

/// The options of `cargo local new`.
#[derive(Debug, Clone, Args)]
pub struct NewArguments {
    /// The kind of code to generate.
    #[command(subcommand)]
    pub kind: NewKind,
    /// Generate even if the git tree has uncommitted changes
    #[arg(long, global = true)]
    pub allow_dirty: bool,
}

/// The kinds of code that `cargo local new` generates.
#[derive(Debug, Clone, Subcommand)]
pub enum NewKind {
    /// Generate an aggregate, and a function for its opening command: POST /commands/<name>s
    Aggregate {
        /// Name of the aggregate in kebab-case, for example gift-card
        name: String,
        /// Name of the command that opens the aggregate
        #[arg(long, value_name = "COMMAND", default_value = "open")]
        opening: String,
        /// Name of the command's event in Pascal case [default: the past tense of the command]
        #[arg(long, value_name = "NAME")]
        event: Option<String>,
    },
    /// Generate a command on an aggregate, and its function: POST /commands/<aggregate>s/{id}/<name>
    Command {
        /// Name of the command in kebab-case, for example redeem
        name: String,
        /// Name of the aggregate
        #[arg(long, value_name = "NAME")]
        aggregate: String,
        /// Name of the command's event in Pascal case [default: the past tense of the command]
        #[arg(long, value_name = "NAME")]
        event: Option<String>,
    },
    /// Generate a view of an aggregate, and the projection that updates it
    Projection {
        /// Name of the view in kebab-case, for example gift-card-balance
        name: String,
        /// Name of the aggregate
        #[arg(long, value_name = "NAME")]
        aggregate: String,
    },
    /// Generate a query that returns a view by its id: GET /queries/<aggregate>s/{id}
    Query {
        /// Name of the query in kebab-case, for example get-gift-card
        name: String,
        /// Name of the view
        #[arg(long, value_name = "NAME")]
        view: String,
    },
    /// Generate a reaction, which opens an aggregate after an event on the bus, and its function
    Reaction {
        /// Name of the reaction in kebab-case, for example reward-customer
        name: String,
        /// Stored name of the event in Pascal case
        #[arg(long, value_name = "EVENT")]
        on: String,
        /// Name of the aggregate that the reaction opens, which the generator has made
        #[arg(long, value_name = "NAME")]
        opens: String,
    },
}

impl NewKind {
    /// The name of the new code, and its kind for the generator.
    fn named(self) -> (String, Kind) {
        match self {
            Self::Aggregate { name, opening, event } => (name, Kind::Aggregate { opening, event }),
            Self::Command { name, aggregate, event } => (name, Kind::Command { aggregate, event }),
            Self::Projection { name, aggregate } => (name, Kind::Projection { aggregate }),
            Self::Query { name, view } => (name, Kind::Query { view }),
            Self::Reaction { name, on, opens } => (name, Kind::Reaction { event: on, opened: opens }),
        }
    }
}

/// Generates the code for `arguments` in `project`. Writes to `stdout` the
/// files, and the lines that the developer must fill in.
///
/// # Errors
/// [`CliError`]. The project is unchanged then, unless the error concerns `stdout`.
pub(super) fn run(project: &Path, arguments: NewArguments, stdout: &mut impl Write) -> Result<(), CliError> {
    let (name, kind) = arguments.kind.named();
    let generated = stack_generator::generate(project, &kind, &name, arguments.allow_dirty)?;
    Ok(write!(stdout, "{generated}")?)
}
