//! The HTTP front before functions that run elsewhere, over real HTTP on both sides.
#![cfg(test)]

mod calls;
mod elsewhere;
