//! What an operator sees of one order: its traces in the embedded stack, out of the real functions.
#![cfg(test)]

#[path = "../tidy/conventions.rs"]
mod conventions;
mod life;
mod tree;
