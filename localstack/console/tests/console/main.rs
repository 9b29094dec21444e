//! Tests of the console: the data it returns, what it changes, and its protection against foreign pages.
#![cfg(test)]

mod answers;
mod dead_letters;
mod faults;
mod live;
mod map;
mod protection;
mod published;
mod stack;
