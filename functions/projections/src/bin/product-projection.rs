//! Wires the function that keeps the views of products.

use lambda::Error;
use projections::ProductProjection;
use read_store::DynamoProductViews;

fn main() -> Result<(), Error> {
    lambda::run(shop_contract::NAMESPACE, async |telemetry| {
        projection::run::<ProductProjection, _>(telemetry, |tables| {
            DynamoProductViews::new(tables.client, tables.query_table)
        })
        .await
    })
}
