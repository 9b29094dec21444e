//! Wires the function that holds views against their streams.

use aws_client::variable;
use event_store::DynamoEventStore;
use lambda_runtime::{Error, LambdaEvent};
use operators::reconcile::Reconcile;
use read_store::DynamoCheckpoints;
use serde::de::IgnoredAny;

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
