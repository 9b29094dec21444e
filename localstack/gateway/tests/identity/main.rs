//! Tests of the JWT authorizer in front of a function, over real HTTP: admitted callers, refused callers, and the
//! identity that the function receives.
#![cfg(test)]

mod admitted;
mod front;
mod published;
mod refused;
