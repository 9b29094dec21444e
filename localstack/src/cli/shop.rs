//! What the commands know of the shop, the example in this project: the names of its scopes, and the example requests of
//! the banner. The rest of the stack knows nothing of it.
//!
//! Parameters of the template may change the names of the scopes in tokens, so they are read from the variables that the
//! template gives to the functions.

use std::io::{self, Write};

use stack_template::Template;

use crate::stack::RunningStack;

/// The scopes of a customer.
pub(super) const CUSTOMER: &str = "orders:read orders:write";

/// The body of an example product registration.
const PRODUCT: &str = r#"{"name":"Pour-over kettle","unit_price_cents":5990,"currency":"EUR"}"#;

/// The body of an example order of this product.
const ORDER: &str =
    r#"{"currency":"EUR","items":[{"product_id":"kettle","quantity":2,"unit_price_cents":5990}]}"#;

/// The shell command that extracts the order's id from the response. It uses only `sed`, which every system has.
const ID_OF_ANSWER: &str = r#"sed -n 's/.*"order_id":"\([^"]*\)".*/\1/p'"#;

/// The variable of a function that has the name of each scope.
const VARIABLES: [(&str, &str); 4] = [
    ("orders:read", "READ_SCOPE"),
    ("orders:write", "WRITE_SCOPE"),
    ("orders:fulfil", "FULFIL_SCOPE"),
    ("orders:admin", "ADMIN_SCOPE"),
];

/// The scopes in `scopes`, which are separated by spaces, by their names in tokens.
pub(super) fn in_tokens(template: &Template, scopes: &str) -> String {
    let variable = |scope: &str| VARIABLES.iter().find(|(known, _)| *known == scope).map(|(_, name)| *name);
    let value =
        |name: &str| template.functions.iter().find_map(|function| function.environment.get(name)).cloned();
    let name = |scope: &str| variable(scope).and_then(value).unwrap_or_else(|| scope.to_owned());
    scopes.split(' ').map(name).collect::<Vec<_>>().join(" ")
}

/// True if the template has the shop's command that creates an order.
pub(super) fn is_in(template: &Template) -> bool {
    template.routes.iter().any(|route| route.method == "POST" && route.path == "/commands/orders")
}

/// Writes commands for a shell: they register a product, and create, get and list orders. `usual_port` is the port of the
/// HTTP API that `cargo local token` expects.
///
/// # Errors
/// The error of the output.
pub(super) fn try_it(stack: &RunningStack, usual_port: u16, out: &mut impl Write) -> io::Result<()> {
    let (base, with_token) = (stack.base_url(), r#"-H "authorization: Bearer $TOKEN""#);
    writeln!(
        out,
        "\nTry it: register a product as the shop, then create an order as a customer, get it, and list the orders"
    )?;
    let admin = in_tokens(stack.template(), "orders:admin");
    writeln!(out, "  ADMIN={}", token(stack, usual_port, &format!("--sub operator --scope {admin}")))?;
    let product = format!("{base}/commands/products/kettle");
    writeln!(out, "  curl -i -X PUT {product} -H \"authorization: Bearer $ADMIN\" -d '{PRODUCT}'")?;
    let customer = in_tokens(stack.template(), CUSTOMER);
    let scope = if customer == CUSTOMER { String::new() } else { format!(" --scope '{customer}'") };
    writeln!(out, "  TOKEN={}", token(stack, usual_port, &format!("--sub user-1{scope}")))?;
    let create = format!(
        "curl -s {base}/commands/orders {with_token} -H 'content-type: application/json' -d '{ORDER}'"
    );
    writeln!(out, "  ORDER=$({create} | {ID_OF_ANSWER}) && echo $ORDER")?;
    let get = format!("{base}/queries/orders/$ORDER?min_version=1");
    writeln!(out, "  curl -i \"{get}\" {with_token} -H 'prefer: wait=3'")?;
    writeln!(out, "  curl -i {base}/queries/orders {with_token}")
}

/// The shell command that prints a token with `claims`.
fn token(stack: &RunningStack, usual_port: u16, claims: &str) -> String {
    let (issuer, aws) = (stack.issuer().url(), stack.aws_endpoint());
    if !stack.template().authorizers.iter().any(|authorizer| authorizer.issuer == issuer) {
        return "…  # a token of your issuer".to_owned();
    }
    let port =
        |url: &str| url.rsplit(':').next().and_then(|port| port.parse::<u16>().ok()).unwrap_or_default();
    let api = port(stack.base_url());
    let place = if port(aws) != api.saturating_add(1) {
        format!(" --endpoint {aws}")
    } else if api == usual_port {
        String::new()
    } else {
        format!(" --port {api}")
    };
    format!("$(cargo local token {claims}{place})")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use stack_template::{Function, Template};

    use super::in_tokens;

    #[test]
    fn a_scope_has_the_name_that_the_functions_know() {
        let environment = BTreeMap::from([("WRITE_SCOPE".to_owned(), "shop/write".to_owned())]);
        let function = Function { environment, ..Function::default() };
        let template = Template { functions: vec![function], ..Template::default() };
        assert_eq!(in_tokens(&template, "orders:read orders:write other"), "orders:read shop/write other");
    }
}
