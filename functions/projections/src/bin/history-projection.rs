//! Wires the function that keeps the histories of orders.

use lambda::Error;
use projections::HistoryProjection;
use read_store::DynamoHistories;

fn main() -> Result<(), Error> {
    lambda::run(shop_contract::NAMESPACE, async |telemetry| {
        projection::run::<HistoryProjection, _>(telemetry, |tables| {
            DynamoHistories::new(tables.client, tables.query_table)
        })
        .await
    })
}
