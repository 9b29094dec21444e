//! Wires the function that lists products.

use lambda_runtime::Error;
use list_products::handle;
use views::DynamoProductViews;

/// It allocates with fewer instructions than glibc: ARCHITECTURE.md, "Size and cold start".
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let telemetry = telemetry::start();
    let client = aws_client::dynamodb(&aws_client::config()?);
    let views = &DynamoProductViews::new(client, aws_client::variable("QUERY_TABLE")?);
    telemetry.run(async |event| Ok(handle(views, event).await)).await
}
