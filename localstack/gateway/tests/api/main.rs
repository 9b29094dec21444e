//! Tests of the HTTP API over real sockets, with a closure as the function.
#![cfg(test)]

mod api;
mod cors;
mod domains;
mod events;
mod limits;
mod replies;
mod serving;
