//! Wires the function that accepts orders for shipment.

use commands::confirm_order::handle;
use event_store::DynamoEventStore;
use lambda_runtime::Error;

/// It allocates with fewer instructions than glibc: ARCHITECTURE.md, "Size and cold start".
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let telemetry = telemetry::start();
    let client = aws_client::dynamodb(&aws_client::config()?);
    let store = &DynamoEventStore::new(client, aws_client::variable("EVENT_TABLE")?);
    telemetry.run(async |event| Ok(handle(store, event).await)).await
}
