//! `cargo local gateway`: the template's HTTP API before functions that run elsewhere.

use std::io::{self, Write};

use stack_gateway::front::{Front, FrontOptions};

use super::arguments::{GatewayArguments, StackArguments};
use super::error::CliError;
use super::serve::Termination;
use crate::stack::StackOptions;

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
