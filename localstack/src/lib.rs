//! The embedded local AWS stack: it runs what `template.yaml` describes, in one process on loopback.
//!
//! ```text
//! HTTP caller ─► gateway ─► lambda (real function binaries) ─► aws endpoint ─► dynamodb (dynoxide)
//!                              ▲                                                   │ outbox
//!                              └── mapping ◄── kinesis ◄─────────────── bridge ◄───┘
//! functions' spans ─► otlp ─► console (a page)
//! ```
//!
//! [`Stack::start`] starts the stack. [`cli`] implements `cargo local`.

pub mod aws;
mod backlog;
pub mod binaries;
pub mod cli;
mod schedule;
pub mod stack;

pub use stack::{RunningStack, Stack, StackError, StackOptions};
