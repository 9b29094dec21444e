//! The errors of the command line. Each message is one line.

use std::path::PathBuf;

use stack_gateway::front::FrontError;

use super::demo::DemoError;
use super::load::LoadError;
use super::sample::SampleError;
use crate::stack::StackError;

/// A command that failed.
#[derive(Debug, thiserror::Error)]
pub enum CliError {
    /// The stack could not start.
    #[error(transparent)]
    Stack(#[from] StackError),
    /// `--data` or `--release` was given to `cargo local gateway`, which runs no functions.
    #[error("remove --data and --release: cargo local gateway runs no functions and keeps no data")]
    NotForGateway,
    /// The front end could not start.
    #[error(transparent)]
    Front(#[from] FrontError),
    /// A command that sends the shop's requests was given another template.
    #[error("the template has no POST /commands/orders: demo and load send requests of the shop only")]
    NotTheShop,
    /// The demo found a difference.
    #[error(transparent)]
    Demo(#[from] DemoError),
    /// The load could not be measured.
    #[error(transparent)]
    Load(#[from] LoadError),
    /// The sample could not be created.
    #[error(transparent)]
    Sample(#[from] SampleError),
    /// The generator refused the run.
    #[error(transparent)]
    New(#[from] stack_generator::GeneratorError),
    /// The event file cannot be read.
    #[error("{path}: {source}")]
    Event {
        /// The file.
        path: PathBuf,
        /// The error of the file system.
        source: std::io::Error,
    },
    /// The template has no such function.
    #[error("the template has no function {name}; it has {known}")]
    Function {
        /// The requested name.
        name: String,
        /// The existing names.
        known: String,
    },
    /// The function could not be reached.
    #[error("{0}")]
    Invoke(String),
    /// The function failed. Its error document is on standard output.
    #[error("the function failed ({0})")]
    Failed(String),
    /// Ctrl-C or SIGTERM ended the command.
    #[error("interrupted")]
    Interrupted,
    /// The stack did not issue a token.
    #[error("no token from {endpoint}: {problem}")]
    Token {
        /// The AWS endpoint of the stack.
        endpoint: String,
        /// The reason.
        problem: String,
    },
    /// The async runtime could not start.
    #[error("the async runtime cannot start: {0}")]
    Runtime(#[source] std::io::Error),
    /// The output is closed.
    #[error("cannot write the output: {0}")]
    Output(#[from] std::io::Error),
}
