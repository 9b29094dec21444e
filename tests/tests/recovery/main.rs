//! What operators do about what went wrong, on embedded stacks of their own that keep their data from one set of parameters
//! to the next: generations of the query table are built under load, cut over to and rolled back from; batches that the
//! event source mapping gave up are redriven; garbage is discarded.
#![cfg(test)]

mod generations;
mod given_up;
mod messages;
mod shop;
