//! Wires the function that answers an order's history.

use lambda::Error;
use queries::get_order_history::handle;
use read_store::DynamoHistories;

fn main() -> Result<(), Error> {
    lambda::run(async |telemetry| {
        let client = aws_client::dynamodb(&aws_client::config()?);
        let histories = &DynamoHistories::new(client, aws_client::variable("QUERY_TABLE")?);
        telemetry.run(async |event| Ok(handle(histories, event).await)).await
    })
}
