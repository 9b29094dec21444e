//! Wires the function that answers the analytics.

use get_analytics::handle;
use lambda_runtime::{Error, run, service_fn};
use read_store::DynamoAnalytics;

/// It allocates with fewer instructions than glibc: ARCHITECTURE.md, "Size and cold start".
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    telemetry::init();
    let client = aws_client::dynamodb(&aws_client::config()?);
    let analytics = &DynamoAnalytics::new(client, aws_client::variable("QUERY_TABLE")?);
    run(service_fn(async |event| Ok::<_, Error>(handle(analytics, event).await))).await
}
