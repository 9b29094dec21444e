//! What callers send who mean harm, and what they get for it: the answers that docs/call.md and the contract promise, from
//! real functions on an embedded stack.
#![cfg(test)]

mod cursors;
mod headers;
mod nesting;
mod numbers;
mod sizes;
mod slow;
mod support;
mod tokens;
mod unicode;
