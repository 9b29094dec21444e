//! Wires the function that keeps the search index.

use lambda_runtime::Error;
use search_projection::{SearchIndex, SearchProjection};
use views::DynamoPostings;

/// It allocates with fewer instructions than glibc: ARCHITECTURE.md, "Size and cold start".
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let telemetry = telemetry::start();
    projection::run::<SearchProjection, _>(telemetry, |tables| {
        SearchIndex::new(tables.events, DynamoPostings::new(tables.client, tables.query_table))
    })
    .await
}
