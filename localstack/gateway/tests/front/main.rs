//! Tests of the HTTP front with functions outside the stack, over real HTTP on both sides.
#![cfg(test)]

mod calls;
mod endpoint;
