//! What `lambda_runtime` costs by itself: a function that answers every event with the event.
//!
//! A package of its own, so that it is built with the dependencies of a function and not with those of the tests.

use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use serde_json::Value;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    run(service_fn(async |event: LambdaEvent<Value>| Ok::<_, Error>(event.payload))).await
}
