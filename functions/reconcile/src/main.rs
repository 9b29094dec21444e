//! Wires the function that holds views against their streams.

use aws_client::variable;
use event_store::DynamoEventStore;
use lambda_runtime::{Error, LambdaEvent};
use reconcile::Reconcile;
use serde::de::IgnoredAny;
use view_store::DynamoCheckpoints;

/// It allocates with fewer instructions than glibc: ARCHITECTURE.md, "Size and cold start".
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let telemetry = telemetry::start();
    let client = aws_client::dynamodb(&aws_client::config()?);
    let reconcile = &Reconcile {
        events: DynamoEventStore::new(client.clone(), variable("EVENT_TABLE")?),
        checkpoints: DynamoCheckpoints::new(client, variable("QUERY_TABLE")?),
    };
    telemetry.run(async |_: LambdaEvent<IgnoredAny>| reconcile.run().await.map_err(Error::from)).await
}
