//! What the end-to-end tests share: the stack they run against, a caller of its HTTP API, a load, an audit of what it
//! leaves, and what functions log. An error says what the service, the function or the contract said, and ends a test.
#![expect(clippy::missing_errors_doc, reason = "all errors are of the kind that the crate's page names")]

mod audit;
mod aws;
mod call;
mod commits;
mod contract;
mod lines;
mod load;
mod operator;
mod sample;
mod stack;

pub use audit::{audit, quiet};
pub use aws::{Aws, Placed};
pub use call::{Call, Caller, delete, get, post, put};
pub use commits::{Commit, Streams};
pub use contract::{Operation, Reply, operations};
pub use lines::Lines;
pub use load::{Acknowledged, Load};
pub use operator::Operator;
pub use sample::{Sample, carry_out_samples};
pub use stack::{Embedded, Target, Tokens, target};
pub use stack_gateway::identity::TokenRequest;
