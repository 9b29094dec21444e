//! The embedded local AWS stack: what `template.yaml` describes, in one process on loopback.
//!
//! ```text
//! HTTP caller ─► gateway ─► lambda (real function binaries) ─► aws endpoint ─► dynamodb (dynoxide)
//!                              ▲                                                   │ outbox
//!                              └── mapping ◄── kinesis ◄─────────────── bridge ◄───┘
//! functions' spans ─► otlp ─► console (a page)
//! ```
//!
//! [`Stack::start`] runs all of it; [`cli`] is `cargo local`.

pub mod account;
pub mod aws;
pub(crate) mod backlog;
pub mod binaries;
pub mod bridge;
pub mod chaos;
pub mod cli;
pub(crate) mod clock;
pub mod console;
pub mod dynamodb;
pub mod front;
pub mod gateway;
pub(crate) mod http;
pub mod identity;
pub mod kinesis;
pub mod lambda;
pub(crate) mod loopback;
pub mod mapping;
pub mod otlp;
pub(crate) mod schedule;
pub mod sqs;
pub mod stack;
pub(crate) mod stop;
pub mod store;
pub mod template;
pub mod waterfall;

pub use stack::{RunningStack, Stack, StackError, StackOptions};
