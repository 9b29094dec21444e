//! Wires the function that keeps the views of products.

use lambda_runtime::Error;
use product_projection::ProductProjection;
use views::DynamoProductViews;

/// It allocates with fewer instructions than glibc: ARCHITECTURE.md, "Size and cold start".
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let telemetry = telemetry::start();
    projection::run::<ProductProjection, _>(telemetry, |tables| {
        DynamoProductViews::new(tables.client, tables.query_table)
    })
    .await
}
