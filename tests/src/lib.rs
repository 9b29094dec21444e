//! The common part of the end-to-end tests: the stack under test, a client of its HTTP API, a load, an audit of its
//! result, and the log of the functions. An error repeats the message of the service, the function or the contract, and
//! fails the test.
#![expect(clippy::missing_errors_doc, reason = "the crate's documentation describes all errors")]

mod audit;
mod aws;
mod client;
mod commits;
mod consumer;
mod contract;
mod lines;
mod load;
mod operator;
mod sample;
mod stack;

pub use audit::{audit, backlog, wait_until_caught_up};
pub use aws::{Aws, RecordPosition};
pub use client::{ApiCall, ApiClient, delete, get, post, put, until_fresh};
pub use commits::{StoredCommit, Streams, notifications_about};
pub use consumer::ConsumerTemplate;
pub use contract::{ApiResponse, Operation, operations};
pub use lines::Lines;
pub use load::{Acknowledged, Load};
pub use operator::Operator;
pub use sample::{Sample, carry_out_samples, deliver_samples};
pub use stack::{Embedded, SHORTEST_TIMES, Target, Tokens, target};
pub use stack_gateway::identity::TokenRequest;
