//! Explores the two protocols exhaustively within small bounds. The real `execute()` and the real projector run in all
//! interleavings of their steps, with crashes and lost messages between them.
//!
//! The ports lead to the in-memory store, which passes the same contract tests as the store on `DynamoDB`.
#![cfg(test)]

mod appending;
mod network;
mod projecting;
mod till;
