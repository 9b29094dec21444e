//! What the end-to-end scenarios share: the stack they run against, and a caller of its HTTP API.

mod aws;
mod call;
mod contract;
mod stack;
mod tokens;

pub use aws::Aws;
pub use call::{Call, Caller, Reply, delete, get, post, put};
pub use contract::{Operation, operations};
pub use stack::{Embedded, Target, target};
pub use tokens::{TokenRequest, Tokens};
