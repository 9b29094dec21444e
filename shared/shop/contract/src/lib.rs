//! The shop's names towards the outside. `openapi.yaml` beside this crate is the HTTP API's contract.
//!
//! The kit takes these names as parameters. The crate depends on nothing, so every function of the shop can use it.

/// The namespace of every metric, the service namespace of every span, and the name of the tracer.
pub const NAMESPACE: &str = "cqrs-ecommerce";

/// The start of every problem's `type`; the problem's code follows.
pub const PROBLEM_TYPES: &str = "urn:cqrs-ecommerce:problem:";

/// The scope of the shop's operators: they act on and see every customer's orders.
pub const ADMIN_SCOPE: &str = "orders:admin";
