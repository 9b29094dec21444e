//! Wires the function that keeps the histories of orders.

use history_projection::HistoryProjection;
use lambda_runtime::Error;
use views::DynamoHistories;

/// It allocates with fewer instructions than glibc: ARCHITECTURE.md, "Size and cold start".
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let telemetry = telemetry::start();
    projection::run::<HistoryProjection, _>(telemetry, |tables| {
        DynamoHistories::new(tables.client, tables.query_table)
    })
    .await
}
