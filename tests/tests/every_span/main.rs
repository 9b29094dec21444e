//! No span is lost: thousands of invocations, each followed by a freeze, and every span of each of them arrives. Where
//! a function is killed, what is missing is what that invocation was about, and nothing else.
#![cfg(test)]

mod crashes;
mod invocations;
mod received;
