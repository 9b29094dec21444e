//! Tests malicious requests. Real functions on an embedded stack must give the responses that docs/call.md and the
//! contract promise.

mod cursors;
mod headers;
mod nesting;
mod numbers;
mod sizes;
mod slow;
mod support;
mod tokens;
mod unicode;
