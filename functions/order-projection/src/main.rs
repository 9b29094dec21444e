//! Wires the function that keeps the views of orders.

use lambda_runtime::Error;
use order_projection::OrderProjection;
use views::DynamoOrderViews;

/// It allocates with fewer instructions than glibc: ARCHITECTURE.md, "Size and cold start".
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let telemetry = telemetry::start();
    projection::run::<OrderProjection, _>(telemetry, |tables| {
        DynamoOrderViews::new(tables.client, tables.query_table)
    })
    .await
}
