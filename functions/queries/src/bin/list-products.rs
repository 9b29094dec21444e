//! Wires the function that lists products.

use lambda::Error;
use queries::list_products::handle;
use read_store::DynamoProductViews;

fn main() -> Result<(), Error> {
    lambda::run(async |telemetry| {
        let client = aws_client::dynamodb(&aws_client::config()?);
        let views = &DynamoProductViews::new(client, aws_client::variable("QUERY_TABLE")?);
        telemetry.run(async |event| Ok(handle(views, event).await)).await
    })
}
