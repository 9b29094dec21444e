//! The whole stack: all parts are started in order and stopped in reverse order.

mod data;
mod error;
mod listeners;
mod options;
mod parts;
mod running;
mod streams;

use std::collections::BTreeSet;

use data::DataDirectory;
use listeners::Listeners;
use stack_template::Template;

use crate::aws::mapping_role;
use crate::binaries::Binaries;

pub use data::DataError;
pub use error::StackError;
pub use options::{FunctionBinaries, StackOptions, TelemetryOptions};
pub use running::{OtlpEndpoints, RunningStack};

/// Starts stacks.
#[derive(Debug)]
pub struct Stack;

impl Stack {
    /// Starts the stack: reads the template, builds the function binaries, opens the databases, and serves. Returns
    /// when everything is ready.
    ///
    /// # Errors
    /// [`StackError`] with a message of one line, for example when a port is taken, the template is invalid, the
    /// functions do not build, or the data directory is in use.
    pub async fn start(options: StackOptions) -> Result<RunningStack, StackError> {
        let listeners = Listeners::bind(&options).await?;
        let template = Template::read(&options.template(), &options.parameters, &listeners.aws.url())?;
        mapping_role::check(&template)?;
        let data = DataDirectory::open(options.data.as_deref())?;
        let binaries = binaries(&options, &template).await?;
        parts::start(&options, template, &binaries, listeners, data).await
    }
}

async fn binaries(options: &StackOptions, template: &Template) -> Result<Binaries, StackError> {
    let release = match &options.functions {
        FunctionBinaries::Built(binaries) => return Ok(binaries.clone()),
        FunctionBinaries::Build { release } => *release,
    };
    let names: BTreeSet<String> = template.functions.iter().map(|function| function.binary.clone()).collect();
    Ok(Binaries::build(&options.project, &names, release).await?)
}
