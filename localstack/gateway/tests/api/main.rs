//! The HTTP API front over real sockets, with a function that is a closure.
#![cfg(test)]

mod api;
mod events;
mod limits;
mod replies;
mod serving;
