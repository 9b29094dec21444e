//! Measures the cost of a command without telemetry: `create-order` without a subscriber. The function logs, counts and
//! exports nothing, and the linker removes the code for telemetry.

use std::sync::Arc;

use commands::create_order::{PriceSource, handle};
use event_store::DynamoEventStore;
use lambda::SystemClock;
use lambda_runtime::{Error, run, service_fn};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let prices = &PriceSource::from_environment()?;
    let client = aws_client::dynamodb(&aws_client::config()?);
    let store = &DynamoEventStore::new(client, aws_client::variable("EVENT_TABLE")?);
    let api = &commands::api(Arc::new(SystemClock));
    run(service_fn(async |event| Ok::<_, Error>(handle(store, prices, &api.request(event)).await))).await
}
