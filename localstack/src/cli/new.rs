//! `cargo local new`: writes the code of a new aggregate, command, projection or query into the project.

use std::io::Write;
use std::path::PathBuf;

use clap::{Args, Subcommand};
use stack_generator::Kind;

use super::error::CliError;

/// What is to be generated, and where.
#[derive(Debug, Clone, Args)]
pub struct NewArguments {
    /// What is to be generated.
    #[command(subcommand)]
    pub kind: NewKind,
    /// Generate into a git tree with changes that are not committed
    #[arg(long, global = true)]
    pub allow_dirty: bool,
    /// Root of the project [default: this project]
    #[arg(long, value_name = "DIR", global = true)]
    pub project: Option<PathBuf>,
}

/// What is to be generated.
#[derive(Debug, Clone, Subcommand)]
pub enum NewKind {
    /// An aggregate, and the function of the command that opens it: POST /commands/<name>s
    Aggregate {
        /// Name of the aggregate in kebab-case, such as gift-card
        name: String,
        /// Command that opens it
        #[arg(long, value_name = "COMMAND", default_value = "open")]
        opening: String,
        /// Name of its event [default: the past tense of the command]
        #[arg(long, value_name = "NAME")]
        event: Option<String>,
    },
    /// A command on an aggregate: POST /commands/<aggregate>s/{id}/<name>
    Command {
        /// Name of the command in kebab-case, such as redeem
        name: String,
        /// Name of the aggregate
        #[arg(long, value_name = "NAME")]
        aggregate: String,
        /// Name of its event [default: the past tense of the command]
        #[arg(long, value_name = "NAME")]
        event: Option<String>,
    },
    /// A view of an aggregate, and the projection that keeps it
    Projection {
        /// Name of the view in kebab-case, such as gift-card-balance
        name: String,
        /// Name of the aggregate
        #[arg(long, value_name = "NAME")]
        aggregate: String,
    },
    /// A query of one view by its id: GET /queries/<aggregate>s/{id}
    Query {
        /// Name of the query in kebab-case, such as get-gift-card
        name: String,
        /// Name of the view
        #[arg(long, value_name = "NAME")]
        view: String,
    },
}

impl NewKind {
    /// The name that is given to it, and what it is.
    fn named(self) -> (String, Kind) {
        match self {
            Self::Aggregate { name, opening, event } => (name, Kind::Aggregate { opening, event }),
            Self::Command { name, aggregate, event } => (name, Kind::Command { aggregate, event }),
            Self::Projection { name, aggregate } => (name, Kind::Projection { aggregate }),
            Self::Query { name, view } => (name, Kind::Query { view }),
        }
    }
}

/// Generates the code for `arguments`. The project is the one in the arguments, or `project`. Writes to `stdout` which
/// places the developer must fill in.
///
/// # Errors
/// [`CliError`]. Nothing was written then.
pub(super) fn run(
    project: PathBuf,
    arguments: NewArguments,
    stdout: &mut impl Write,
) -> Result<(), CliError> {
    let (name, kind) = arguments.kind.named();
    let root = arguments.project.unwrap_or(project);
    let generated = stack_generator::generate(&root, &kind, &name, arguments.allow_dirty)?;
    Ok(write!(stdout, "{generated}")?)
}
