//! `cargo local` serves the stack until Ctrl-C or SIGTERM. `cargo local gateway` serves only the HTTP API, in front of
//! functions that run elsewhere.

use std::io::{self, Write};

use stack_gateway::front::{Front, FrontOptions};
use tokio::signal::unix::{Signal, SignalKind, signal};

use super::arguments::{GatewayArguments, StackArguments};
use super::banner;
use super::error::CliError;
use crate::stack::Stack;

/// Starts the stack, writes the banner, and stops the stack cleanly at Ctrl-C or SIGTERM, even during the start.
///
/// # Errors
/// [`CliError`] if the stack could not start.
pub(super) async fn run(arguments: StackArguments, stdout: &mut impl Write) -> Result<(), CliError> {
    let mut termination = Termination::new().map_err(CliError::Runtime)?;
    let port = arguments.served_port();
    let stack = tokio::select! {
        stack = Stack::start(arguments.options(port)) => stack?,
        () = termination.wait() => return Ok(()),
    };
    let shown = banner::write(&stack, stdout);
    if shown.is_ok() {
        termination.wait().await;
    }
    stack.shutdown().await;
    Ok(shown?)
}

/// A handler of SIGINT and SIGTERM. It catches the signals as soon as it exists.
pub(super) struct Termination {
    interrupt: Signal,
    terminate: Signal,
}

impl Termination {
    /// Catches both signals.
    ///
    /// # Errors
    /// The error of the operating system.
    pub(super) fn new() -> io::Result<Self> {
        Ok(Self { interrupt: signal(SignalKind::interrupt())?, terminate: signal(SignalKind::terminate())? })
    }

    /// Waits for the next signal.
    pub(super) async fn wait(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}

/// Serves the template's HTTP API in front of functions that run elsewhere, until Ctrl-C or SIGTERM.
///
/// # Errors
/// [`CliError`] if the front end could not start.
pub(super) async fn run_gateway(
    stack: StackArguments,
    gateway: GatewayArguments,
    stdout: &mut impl Write,
) -> Result<(), CliError> {
    if stack.data.is_some() || stack.release {
        return Err(CliError::NotForGateway);
    }
    let mut termination = Termination::new().map_err(CliError::Runtime)?;
    let port = stack.served_port();
    let options = stack.options(port);
    let options = FrontOptions {
        template: options.template(),
        parameters: options.parameters,
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
    let shown = gateway_banner(&front, &endpoint, stdout);
    if shown.is_ok() {
        termination.wait().await;
    }
    front.shutdown().await;
    Ok(shown?)
}

fn gateway_banner(front: &Front, endpoint: &str, out: &mut impl Write) -> io::Result<()> {
    writeln!(out, "HTTP API      {}", front.base_url)?;
    writeln!(out, "Tokens        cargo local token --endpoint {} --sub …", front.issuer.url())?;
    writeln!(out, "Functions     {endpoint}\n\nRoutes")?;
    for route in &front.routes {
        writeln!(out, "  {:<6} {:<34} {}", route.method, route.path, route.function)?;
    }
    writeln!(out, "\nCtrl-C stops the gateway.")?;
    out.flush()
}
