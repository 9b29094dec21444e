//! Wires the function that holds views against their streams.

use aws_client::variable;
use event_store::DynamoEventStore;
use lambda::{Error, LambdaEvent};
use operators::reconcile::Reconcile;
use read_store::DynamoCheckpoints;
use serde::de::IgnoredAny;

fn main() -> Result<(), Error> {
    lambda::run(shop_contract::NAMESPACE, async |telemetry| {
        let client = aws_client::dynamodb(&aws_client::config()?);
        let reconcile = &Reconcile {
            events: DynamoEventStore::new(client.clone(), variable("EVENT_TABLE")?),
            checkpoints: DynamoCheckpoints::new(client, variable("QUERY_TABLE")?),
        };
        telemetry.run(async |_: LambdaEvent<IgnoredAny>| reconcile.run().await.map_err(Error::from)).await
    })
}
