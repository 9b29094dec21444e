//! Wires the function that ends the offer of products.

use commands::discontinue_product::handle;
use event_store::DynamoEventStore;
use lambda::Error;

fn main() -> Result<(), Error> {
    lambda::run(async |telemetry| {
        let client = aws_client::dynamodb(&aws_client::config()?);
        let store = &DynamoEventStore::new(client, aws_client::variable("EVENT_TABLE")?);
        telemetry.run(async |event| Ok(handle(store, event).await)).await
    })
}
