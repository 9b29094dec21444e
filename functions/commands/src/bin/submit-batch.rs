//! Wires the function that carries out batches of commands.

use commands::create_order::PriceSource;
use commands::submit_batch::handle;
use event_store::DynamoEventStore;
use lambda::Error;

fn main() -> Result<(), Error> {
    lambda::run(async |telemetry| {
        let prices: PriceSource = aws_client::variable("PRICE_SOURCE")?.parse()?;
        let client = aws_client::dynamodb(&aws_client::config()?);
        let store = &DynamoEventStore::new(client, aws_client::variable("EVENT_TABLE")?);
        telemetry.run(async |event| Ok(handle(store, prices, event).await)).await
    })
}
