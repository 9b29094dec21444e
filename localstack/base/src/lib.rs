//! Shared by every part of the embedded stack: the account, the clock, the database file, HTTP on loopback, the stop
//! signal, AWS's error responses, and the decisions of chaos.

pub mod account;
pub mod backoff;
mod bare_status;
pub mod chaos;
pub mod clock;
pub mod http;
pub mod listen;
pub mod loopback;
pub mod service_error;
pub mod stop;
pub mod store;
