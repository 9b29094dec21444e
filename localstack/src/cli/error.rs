//! Why a command fails, in one line.

use std::path::PathBuf;

use stack_gateway::front::FrontError;

use super::demo::DemoError;
use super::sample::SampleError;
use crate::stack::StackError;

/// A command that failed.
#[derive(Debug, thiserror::Error)]
pub enum CliError {
    /// The stack does not start.
    #[error(transparent)]
    Stack(#[from] StackError),
    /// An option of a stack that runs functions was given to the gateway, which runs none.
    #[error("--data and --release are of a stack with functions of its own; the gateway has none")]
    NotOfGateway,
    /// The front does not start.
    #[error(transparent)]
    Front(#[from] FrontError),
    /// The walk through the stack found something else than it should.
    #[error(transparent)]
    Demo(#[from] DemoError),
    /// The sample is not made.
    #[error(transparent)]
    Sample(#[from] SampleError),
    /// Nothing is generated.
    #[error(transparent)]
    New(#[from] stack_generator::Refusal),
    /// The event file cannot be read.
    #[error("{path}: {source}")]
    Event {
        /// The file.
        path: PathBuf,
        /// What the file system said.
        source: std::io::Error,
    },
    /// The template has no such function.
    #[error("the template has no function {name}; it has {known}")]
    Function {
        /// What was asked for.
        name: String,
        /// What there is.
        known: String,
    },
    /// The function was not reached.
    #[error("{0}")]
    Invoke(String),
    /// The function failed; its answer is on standard output.
    #[error("the function failed ({0})")]
    Failed(String),
    /// Ctrl-C or SIGTERM.
    #[error("interrupted")]
    Interrupted,
    /// The stack gives no token.
    #[error("token: {endpoint}: {problem}")]
    Token {
        /// The AWS endpoint that was asked.
        endpoint: String,
        /// What is wrong.
        problem: String,
    },
    /// The runtime does not start.
    #[error("the runtime does not start: {0}")]
    Runtime(#[source] std::io::Error),
    /// The output is closed.
    #[error("cannot write: {0}")]
    Output(#[from] std::io::Error),
}
