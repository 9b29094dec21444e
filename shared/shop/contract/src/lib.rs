//! The shop's public names. The file `openapi.yaml` in this crate's folder is the contract of the HTTP API.
//!
//! The crates in `shared/kit` take these names as parameters. This crate has no dependencies, so every function of the
//! shop can use it.

/// The service namespace of every span, the name of the tracer, and the first part of the metrics' namespace; the
/// template appends the stack's name.
pub const NAMESPACE: &str = "cqrs-ecommerce";

/// The prefix of every problem's `type`. The problem's code follows.
pub const PROBLEM_TYPES: &str = "urn:cqrs-ecommerce:problem:";

/// The prefix of the URI of every event's schema. The event's type, a colon and the number of the schema follow.
pub const EVENT_SCHEMAS: &str = "urn:cqrs-ecommerce:event:";

/// The prefix of the URI of every stream. The stream's id follows.
pub const STREAMS: &str = "urn:cqrs-ecommerce:stream:";

/// The scope of customers' queries. It allows a customer to read the customer's own orders, and the products.
pub const READ_SCOPE: &str = "orders:read";

/// The scope of customers' commands. It allows a customer to create and cancel the customer's own orders.
pub const WRITE_SCOPE: &str = "orders:write";

/// The scope of the staff that fulfils orders. It allows them to confirm, ship and deliver the orders of every
/// customer, and to read these orders.
pub const FULFIL_SCOPE: &str = "orders:fulfil";

/// The environment variable with the name of each scope in the issuer's tokens.
pub const SCOPES: [(&str, &str); 4] = [
    ("READ_SCOPE", READ_SCOPE),
    ("WRITE_SCOPE", WRITE_SCOPE),
    ("FULFIL_SCOPE", FULFIL_SCOPE),
    ("ADMIN_SCOPE", ADMIN_SCOPE),
];

/// The scope of the shop's operators. It allows them to see and change the orders of every customer.
pub const ADMIN_SCOPE: &str = "orders:admin";
