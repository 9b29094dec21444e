//! Wires the function that carries out batches of commands.

use commands::create_order::PriceSource;
use commands::submit_batch::handle;
use event_store::DynamoEventStore;
use lambda_runtime::Error;

/// It allocates with fewer instructions than glibc: ARCHITECTURE.md, "Size and cold start".
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let telemetry = telemetry::start();
    let prices: PriceSource = aws_client::variable("PRICE_SOURCE")?.parse()?;
    let client = aws_client::dynamodb(&aws_client::config()?);
    let store = &DynamoEventStore::new(client, aws_client::variable("EVENT_TABLE")?);
    telemetry.run(async |event| Ok(handle(store, prices, event).await)).await
}
