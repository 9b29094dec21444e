//! The banner that is shown once the stack serves.

use std::io::{self, Write};

use super::arguments::PORT;
use super::scopes;
use super::token::CUSTOMER;
use crate::stack::RunningStack;

/// The body of an example product registration.
const PRODUCT: &str = r#"{"name":"Pour-over kettle","unit_price_cents":5990,"currency":"EUR"}"#;

/// The body of an example order of this product.
const ORDER: &str =
    r#"{"currency":"EUR","items":[{"product_id":"kettle","quantity":2,"unit_price_cents":5990}]}"#;

/// The shell command that extracts the order's id from the response. It uses only `sed`, which every system has.
const ID_OF_ANSWER: &str = r#"sed -n 's/.*"order_id":"\([^"]*\)".*/\1/p'"#;

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
        writeln!(out, "  stream {:<34} {}", mapping.source.name(), mapping.function)?;
    }
    try_it(stack, out)?;
    writeln!(out, "\nCtrl-C stops the stack.")?;
    out.flush()
}

fn try_it(stack: &RunningStack, out: &mut impl Write) -> io::Result<()> {
    let (base, with_token) = (stack.base_url(), r#"-H "authorization: Bearer $TOKEN""#);
    writeln!(
        out,
        "\nTry it: register a product as the shop, then create an order as a customer, get it, and list the orders"
    )?;
    let admin = scopes::in_tokens(stack.template(), "orders:admin");
    writeln!(out, "  ADMIN={}", token(stack, &format!("--sub operator --scope {admin}")))?;
    let product = format!("{base}/commands/products/kettle");
    writeln!(out, "  curl -i -X PUT {product} -H \"authorization: Bearer $ADMIN\" -d '{PRODUCT}'")?;
    let customer = scopes::in_tokens(stack.template(), CUSTOMER);
    let scope = if customer == CUSTOMER { String::new() } else { format!(" --scope '{customer}'") };
    writeln!(out, "  TOKEN={}", token(stack, &format!("--sub user-1{scope}")))?;
    let create = format!(
        "curl -s {base}/commands/orders {with_token} -H 'content-type: application/json' -d '{ORDER}'"
    );
    writeln!(out, "  ORDER=$({create} | {ID_OF_ANSWER}) && echo $ORDER")?;
    let get = format!("{base}/queries/orders/$ORDER?min_version=1");
    writeln!(out, "  curl -i \"{get}\" {with_token} -H 'prefer: wait=10'")?;
    writeln!(out, "  curl -i {base}/queries/orders {with_token}")
}

/// The shell command that prints a token with `claims`.
fn token(stack: &RunningStack, claims: &str) -> String {
    let (issuer, aws) = (stack.issuer().url(), stack.aws_endpoint());
    if !stack.template().authorizers.iter().any(|authorizer| authorizer.issuer == issuer) {
        return "…  # a token of your issuer".to_owned();
    }
    let port =
        |url: &str| url.rsplit(':').next().and_then(|port| port.parse::<u16>().ok()).unwrap_or_default();
    let api = port(stack.base_url());
    let place = match api {
        PORT if port(aws) == PORT + 1 => String::new(),
        api if port(aws) == api.saturating_add(1) => format!(" --port {api}"),
        _ => format!(" --endpoint {aws}"),
    };
    format!("$(cargo local token {claims}{place})")
}
