//! Wires the function that counts orders.

use analytics_projection::AnalyticsProjection;
use lambda_runtime::Error;
use views::DynamoAnalytics;

/// It allocates with fewer instructions than glibc: ARCHITECTURE.md, "Size and cold start".
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let telemetry = telemetry::start();
    projection::run::<AnalyticsProjection, _>(telemetry, |tables| {
        DynamoAnalytics::new(tables.client, tables.query_table)
    })
    .await
}
