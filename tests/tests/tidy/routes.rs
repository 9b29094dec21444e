//! Checks the authorization of the routes in the template.

use std::collections::BTreeSet;

use stack_template::HttpRoute;

use crate::workspace::{ISSUER, template};

#[test]
fn every_route_requires_authorization() {
    let routes = template().routes;
    assert!(routes.len() >= 12, "only {} routes found", routes.len());
    for route in routes {
        let name = format!("{} {}", route.method, route.path);
        let authorization = route.authorization.unwrap_or_else(|| panic!("{name} is open"));
        assert_eq!(authorization.authorizer, "JwtAuthorizer", "{name}");
        let own = if route.method == "GET" { "orders:read" } else { "orders:write" };
        let of_shop = ["/commands/products", "/queries/analytics"];
        let expected: &[&str] = if of_shop.iter().any(|start| route.path.starts_with(start)) {
            &["orders:admin"]
        } else {
            &[own, "orders:admin"]
        };
        assert_eq!(authorization.scopes, expected, "{name}");
    }
}

#[test]
fn the_contract_and_the_template_have_the_same_operations_and_scopes() {
    let of_route = |route: HttpRoute| {
        let scopes = route.authorization.map(|authorization| authorization.scopes.into_iter().collect());
        (route.method, route.path, scopes.unwrap_or_default())
    };
    let routes: BTreeSet<_> = template().routes.into_iter().map(of_route).collect();
    assert_eq!(e2e::operations().expect("the contract"), routes);
}

/// A stack without a configured issuer must not trust any issuer. If the template's parameter had a default, the stack
/// would trust the default, and this test would find it instead of [`ISSUER`].
#[test]
fn the_issuer_has_no_default() {
    let authorizers = template().authorizers;
    assert_eq!(authorizers.len(), 1);
    assert_eq!(
        (authorizers[0].issuer.as_str(), authorizers[0].audiences.as_slice()),
        (ISSUER, &["local".to_owned()][..])
    );
}
