//! Wires the function that records deliveries.

use deliver_order::handle;
use event_store::DynamoEventStore;
use lambda_runtime::{Error, run, service_fn};

/// It allocates with fewer instructions than glibc: ARCHITECTURE.md, "Size and cold start".
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    telemetry::init();
    let client = aws_client::dynamodb(&aws_client::config()?);
    let store = &DynamoEventStore::new(client, aws_client::variable("EVENT_TABLE")?);
    run(service_fn(async |event| Ok::<_, Error>(handle(store, event).await))).await
}
