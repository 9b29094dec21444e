//! Tests of what every function has: its run, its clock and its deadline.
#![cfg(test)]

mod run;
mod time;
