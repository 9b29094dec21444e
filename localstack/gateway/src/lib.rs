//! The HTTP API of a stack: API Gateway's routes, its JWT authorizer with an issuer for development, and a front for
//! functions that run outside the stack.

pub mod api;
pub mod front;
pub mod guards;
pub mod identity;
