//! Wires the function that lists orders.

use lambda_runtime::{Error, run, service_fn};
use list_orders::handle;
use read_store::DynamoOrderViews;

/// It allocates with fewer instructions than glibc: ARCHITECTURE.md, "Size and cold start".
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    telemetry::init();
    let client = aws_client::dynamodb(&aws_client::config()?);
    let views = &DynamoOrderViews::new(client, aws_client::variable("QUERY_TABLE")?);
    run(service_fn(async |event| Ok::<_, Error>(handle(views, event).await))).await
}
