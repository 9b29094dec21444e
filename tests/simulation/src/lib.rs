//! A deterministic simulation of the whole system; never deployed.
//!
//! The code that is deployed runs here as it is: the domain, `execute()`, the stores with the real SDK client, the
//! projections and every HTTP handler. What is around it is simulated: `DynamoDB` (the engine of the embedded stack behind a
//! network of its own), the change stream, event source mappings, the API, and those who use it. One seed decides how
//! everything interleaves and what goes wrong; time is the runtime's own, which leaps when everybody waits.
//!
//! After each run nothing may be lost, double, or untrue: see the module `checks`. [`Mutation`]s show that the checks bite.
#![expect(clippy::panic, clippy::unwrap_used, reason = "a simulation ends where what it stands on fails")]
#![expect(clippy::missing_panics_doc, reason = "it panics where the machine fails it, and nowhere else")]

mod aws;
mod checks;
mod clients;
pub mod exploration;
mod functions;
mod mutation;
mod operator;
mod run;
mod seeds;
mod stream;
mod world;

pub use mutation::Mutation;
pub use operator::Changeover;
pub use run::{Run, run};
pub use seeds::{Failure, first_failure, runs};
