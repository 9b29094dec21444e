//! What is shown once the stack serves.

use std::io::{self, Write};

use crate::stack::RunningStack;

/// An order to create, as in the sample data.
const ORDER: &str = r#"{"user_id":"user-1","currency":"EUR","items":[{"product_id":"kettle","quantity":2,"unit_price_cents":5990}]}"#;

/// Cuts the id out of the answer with what every system has.
const ID_OF_ANSWER: &str = r#"sed -n 's/.*"order_id":"\([^"]*\)".*/\1/p'"#;

/// Writes addresses, functions, routes, and lines to paste.
///
/// # Errors
/// When the output is closed.
pub(super) fn write(stack: &RunningStack, out: &mut impl Write) -> io::Result<()> {
    let (base, aws) = (stack.base_url(), stack.aws_endpoint());
    writeln!(out, "HTTP API      {base}")?;
    writeln!(out, "AWS endpoint  {aws}  (aws dynamodb scan --table-name … --endpoint-url {aws})")?;
    writeln!(out, "\nFunctions")?;
    for function in &stack.template().functions {
        let seconds = function.timeout.as_secs();
        writeln!(out, "  {:<26} {} ({seconds} s)", function.name, function.binary)?;
    }
    writeln!(out, "\nRoutes")?;
    for route in &stack.template().routes {
        writeln!(out, "  {:<6} {:<34} {}", route.method, route.path, route.function)?;
    }
    for mapping in &stack.template().mappings {
        writeln!(out, "  stream {:<34} {}", mapping.stream, mapping.function)?;
    }
    writeln!(out, "\nTry it: create an order, get it, list orders")?;
    let create = format!("curl -s {base}/commands/orders -H 'content-type: application/json' -d '{ORDER}'");
    writeln!(out, "  ORDER=$({create} | {ID_OF_ANSWER}) && echo $ORDER")?;
    writeln!(out, "  curl -i \"{base}/queries/orders/$ORDER?min_version=1\" -H 'prefer: wait=10'")?;
    writeln!(out, "  curl -i \"{base}/queries/orders?user_id=user-1\"")?;
    writeln!(out, "\nCtrl-C ends it.")?;
    out.flush()
}
