//! `cargo local gateway`: the template's HTTP API before functions that run elsewhere.

use std::io::{self, Write};
use std::path::PathBuf;

use clap::Args;

use super::arguments::StackArguments;
use super::error::CliError;
use super::signal::Termination;
use crate::account::REGION;
use crate::front::{Front, FrontOptions};
use crate::stack::StackOptions;

/// Where the functions are.
#[derive(Debug, Clone, Args)]
pub struct GatewayArguments {
    /// Lambda Invoke endpoint, such as that of `LocalStack` or of cargo lambda watch
    #[arg(long, value_name = "URL")]
    pub endpoint_url: String,
    /// Deployed stack that has the functions; without it they are called by their binaries' names
    #[arg(long, value_name = "NAME")]
    pub stack_name: Option<String>,
    /// Template with the routes and authorizers [default: the project's]
    #[arg(long, value_name = "FILE")]
    pub template: Option<PathBuf>,
    /// Region of the functions
    #[arg(long, default_value = REGION)]
    pub region: String,
}

/// Serves until Ctrl-C or SIGTERM.
///
/// # Errors
/// [`CliError`] when it does not start.
pub(super) async fn run(
    stack: StackArguments,
    gateway: GatewayArguments,
    stdout: &mut impl Write,
) -> Result<(), CliError> {
    if stack.data.is_some() || stack.release {
        return Err(CliError::NotOfGateway);
    }
    let mut termination = Termination::new().map_err(CliError::Runtime)?;
    let port = stack.served_port();
    let StackOptions { parameters, project, .. } = stack.options(port);
    let options = FrontOptions {
        template: gateway.template.unwrap_or_else(|| project.join("template.yaml")),
        parameters,
        port,
        endpoint: gateway.endpoint_url,
        region: gateway.region,
        stack_name: gateway.stack_name,
    };
    let endpoint = options.endpoint.clone();
    let front = tokio::select! {
        front = Front::start(options) => front?,
        () = termination.wait() => return Ok(()),
    };
    let shown = banner(&front, &endpoint, stdout);
    if shown.is_ok() {
        termination.wait().await;
    }
    front.shutdown().await;
    Ok(shown?)
}

fn banner(front: &Front, endpoint: &str, out: &mut impl Write) -> io::Result<()> {
    writeln!(out, "HTTP API      {}", front.base_url())?;
    writeln!(out, "Tokens        cargo local token --endpoint {} --sub …", front.issuer().url())?;
    writeln!(out, "Functions     {endpoint}\n\nRoutes")?;
    for route in front.routes() {
        writeln!(out, "  {:<6} {:<34} {}", route.method, route.path, route.function)?;
    }
    writeln!(out, "\nCtrl-C ends it.")?;
    out.flush()
}
