//! Wires the function that keeps the views of orders.

use lambda::Error;
use projections::OrderProjection;
use read_store::DynamoOrderViews;

fn main() -> Result<(), Error> {
    lambda::run(shop_contract::NAMESPACE, async |telemetry| {
        projection::run::<OrderProjection, _>(telemetry, |tables| {
            DynamoOrderViews::new(tables.client, tables.query_table)
        })
        .await
    })
}
