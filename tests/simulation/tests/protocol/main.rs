//! The two protocols, exhaustively on small bounds: the real `execute()` and the real projector, all interleavings of
//! their steps with each other and with crashes and lost messages between them.
//!
//! What is behind the ports is the in-memory store, which passes the same contract as the one on `DynamoDB`.
#![cfg(test)]

mod appending;
mod network;
mod projecting;
mod till;
