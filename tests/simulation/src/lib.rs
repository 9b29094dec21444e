//! A deterministic simulation of the whole system; never deployed.
//!
//! The deployed code runs here unchanged: the domain, `execute()`, the stores with the real SDK client, the projections,
//! the publisher, the reaction, the operators and every HTTP handler. Its environment is simulated: `DynamoDB` (the engine
//! of the embedded stack behind a simulated network), the change stream, event source mappings, the event bus, the API,
//! and the clients. One seed decides the interleaving of all tasks and the faults. The clock is the paused clock of the
//! runtime; it advances when all tasks wait.
//!
//! After each run, checks find lost, duplicated or wrong data: see the module `checks`. [`Mutation`]s prove that the
//! checks find bugs.
#![expect(clippy::panic, clippy::unwrap_used, reason = "a simulation fails when its setup fails")]
#![expect(clippy::missing_panics_doc, reason = "the simulation panics only if the machine fails")]

mod aws;
mod checks;
mod clients;
pub mod exploration;
mod functions;
mod mutation;
mod operator;
mod recovery;
mod replays;
mod restore;
mod run;
mod seeds;
mod stream;
mod template;
mod world;

pub use mutation::Mutation;
pub use operator::CutOverReport;
pub use run::{Run, run};
pub use seeds::{FailedSeed, first_failure, runs};
