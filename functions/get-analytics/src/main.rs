//! Wires the function that answers the analytics.

use get_analytics::handle;
use lambda_runtime::Error;
use views::DynamoAnalytics;

/// It allocates with fewer instructions than glibc: ARCHITECTURE.md, "Size and cold start".
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let telemetry = telemetry::start();
    let client = aws_client::dynamodb(&aws_client::config()?);
    let analytics = &DynamoAnalytics::new(client, aws_client::variable("QUERY_TABLE")?);
    telemetry.run(async |event| Ok(handle(analytics, event).await)).await
}
