//! Wires the function that answers the analytics.

use lambda::Error;
use queries::get_analytics::handle;
use read_store::DynamoAnalytics;

fn main() -> Result<(), Error> {
    lambda::run(async |telemetry| {
        let client = aws_client::dynamodb(&aws_client::config()?);
        let analytics = &DynamoAnalytics::new(client, aws_client::variable("QUERY_TABLE")?);
        telemetry.run(async |event| Ok(handle(analytics, event).await)).await
    })
}
