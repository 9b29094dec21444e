//! Tests of the console: the data it returns, and its protection against foreign pages.
#![cfg(test)]

mod answers;
mod live;
mod protection;
mod stack;
