//! Wires the function that keeps the search index.

use lambda::Error;
use projections::{SearchIndex, SearchProjection};
use read_store::DynamoPostings;

fn main() -> Result<(), Error> {
    lambda::run(shop_contract::NAMESPACE, async |telemetry| {
        projection::run::<SearchProjection, _>(telemetry, |tables| {
            SearchIndex::new(tables.events, DynamoPostings::new(tables.client, tables.query_table))
        })
        .await
    })
}
