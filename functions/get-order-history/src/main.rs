//! Wires the function that answers an order's history.

use get_order_history::handle;
use lambda_runtime::Error;
use views::DynamoHistories;

/// It allocates with fewer instructions than glibc: ARCHITECTURE.md, "Size and cold start".
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let telemetry = telemetry::start();
    let client = aws_client::dynamodb(&aws_client::config()?);
    let histories = &DynamoHistories::new(client, aws_client::variable("QUERY_TABLE")?);
    telemetry.run(async |event| Ok(handle(histories, event).await)).await
}
