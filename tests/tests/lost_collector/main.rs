//! A collector that is away, silent or refuses: callers and views notice nothing, and each sandbox warns once.
#![cfg(test)]

mod collector;
mod load;
