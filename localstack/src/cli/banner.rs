//! The banner that is shown once the stack serves.

use std::io::{self, Write};

use stack_template::EventSource;

use super::arguments::PORT;
use super::shop;
use crate::stack::RunningStack;

/// Writes the addresses, the functions, the routes, and example commands.
///
/// # Errors
/// The error of the output, for example if it is closed.
pub(super) fn write(stack: &RunningStack, out: &mut impl Write) -> io::Result<()> {
    let (base, aws) = (stack.base_url(), stack.aws_endpoint());
    writeln!(out, "HTTP API      {base}")?;
    for domain in &stack.template().domains {
        writeln!(out, "Domain        {domain}  (curl --header 'host: {domain}' {base}/health)")?;
    }
    for authorizer in &stack.template().authorizers {
        writeln!(out, "Issuer        {}  (audience {})", authorizer.issuer, authorizer.audiences.join(", "))?;
    }
    writeln!(out, "AWS endpoint  {aws}  (aws dynamodb scan --table-name … --endpoint-url {aws})")?;
    writeln!(out, "Console       {}  (a web page with events, views and traces)", stack.console_url())?;
    if let Some(otlp) = stack.otlp() {
        writeln!(out, "OTLP          {} over HTTP, {} over gRPC", otlp.http, otlp.grpc)?;
    }
    if !stack.chaos().is_calm() {
        writeln!(out, "Chaos         {}", stack.chaos())?;
    }
    writeln!(out, "\nFunctions")?;
    for function in &stack.template().functions {
        let seconds = function.timeout.as_secs();
        writeln!(out, "  {:<26} {} ({seconds} s)", function.name, function.binary)?;
    }
    writeln!(out, "\nRoutes")?;
    for route in &stack.template().routes {
        let scopes = route.authorization.as_ref().map_or("open".to_owned(), |asked| asked.scopes.join(" | "));
        writeln!(out, "  {:<6} {:<34} {:<26} {scopes}", route.method, route.path, route.function)?;
    }
    for mapping in &stack.template().mappings {
        let kind = match mapping.source {
            EventSource::Kinesis { .. } => "stream",
            EventSource::DynamoDb { .. } => "table",
            EventSource::Sqs { .. } => "queue",
        };
        writeln!(out, "  {kind:<6} {:<34} {}", mapping.source.name(), mapping.function)?;
    }
    if shop::is_in(stack.template()) {
        shop::try_it(stack, PORT, out)?;
    }
    writeln!(out, "\nCtrl-C stops the stack.")?;
    out.flush()
}
