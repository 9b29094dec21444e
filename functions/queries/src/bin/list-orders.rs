//! Wires the function that lists orders.

use lambda::Error;
use queries::list_orders::handle;
use read_store::DynamoOrderViews;

fn main() -> Result<(), Error> {
    lambda::run(async |telemetry| {
        let client = aws_client::dynamodb(&aws_client::config()?);
        let views = &DynamoOrderViews::new(client, aws_client::variable("QUERY_TABLE")?);
        telemetry.run(async |event| Ok(handle(views, event).await)).await
    })
}
