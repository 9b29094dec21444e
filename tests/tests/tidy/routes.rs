//! Checks the authorization of the routes in the template.

use std::collections::BTreeSet;

use stack_template::HttpRoute;

use crate::workspace::{ISSUER, template};

/// The path that anybody may call. Its function reads no table.
const OPEN: &str = "/health";

#[test]
fn every_route_but_one_requires_authorization() {
    let routes = template().routes;
    assert!(routes.len() >= 12, "only {} routes found", routes.len());
    for route in routes {
        if route.path == OPEN {
            assert_eq!(route.authorization, None, "{OPEN} needs no token");
            continue;
        }
        let name = format!("{} {}", route.method, route.path);
        let authorization = route.authorization.as_ref().unwrap_or_else(|| panic!("{name} is open"));
        assert_eq!(authorization.authorizer, "JwtAuthorizer", "{name}");
        let is_fulfilment = ["/confirm", "/ship", "/deliver"].iter().any(|end| route.path.ends_with(end));
        let of_shop = ["/commands/products", "/queries/analytics"];
        let expected: &[&str] = if of_shop.iter().any(|start| route.path.starts_with(start)) {
            &["orders:admin"]
        } else {
            match (route.method.as_str(), route.path.as_str()) {
                ("GET" | "HEAD", path) if path.starts_with("/queries/orders") => {
                    &["orders:read", "orders:fulfil", "orders:admin"]
                }
                ("GET" | "HEAD", _) => &["orders:read", "orders:admin"],
                (_, "/commands/orders:batch") => &["orders:write", "orders:fulfil", "orders:admin"],
                _ if is_fulfilment => &["orders:fulfil", "orders:admin"],
                _ => &["orders:write", "orders:admin"],
            }
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

/// Clients expect HEAD on every path with GET (RFC 9110, "HEAD"). API Gateway answers HEAD only if it has a route.
#[test]
fn each_get_route_has_a_head_route_to_the_same_function() {
    let of_method = |method: &str| -> Vec<HttpRoute> {
        let routes = template().routes.into_iter().filter(|route| route.method == method);
        routes.map(|route| HttpRoute { method: String::new(), ..route }).collect()
    };
    assert!(!of_method("GET").is_empty());
    assert_eq!(of_method("HEAD"), of_method("GET"));
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
