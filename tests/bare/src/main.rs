//! Measures the cost of `lambda_runtime` alone: a function that answers every event with the event.
//!
//! The function has its own package, because Cargo must build it with the dependencies of a function and not with those
//! of the tests.

use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use serde_json::Value;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    run(service_fn(async |event: LambdaEvent<Value>| Ok::<_, Error>(event.payload))).await
}
