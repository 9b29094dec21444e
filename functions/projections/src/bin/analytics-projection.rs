//! Wires the function that counts orders.

use lambda::Error;
use projections::AnalyticsProjection;
use read_store::DynamoAnalytics;

fn main() -> Result<(), Error> {
    lambda::run(shop_contract::NAMESPACE, async |telemetry| {
        projection::run::<AnalyticsProjection, _>(telemetry, |tables| {
            DynamoAnalytics::new(tables.client, tables.query_table)
        })
        .await
    })
}
