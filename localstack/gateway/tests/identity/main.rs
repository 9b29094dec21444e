//! The JWT authorizer in front of a function, over real HTTP: who is admitted, who is not, and what the function learns.
#![cfg(test)]

mod admitted;
mod front;
mod published;
mod refused;
