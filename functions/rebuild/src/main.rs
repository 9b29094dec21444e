//! Wires the function that builds a generation of the query table.

use aws_client::variable;
use event_store::DynamoEventStore;
use lambda_runtime::{Error, LambdaEvent};
use rebuild::{Build, Comparison, Operator, Projections, Request, Settings};
use view_store::{DynamoParity, DynamoProgress};
use views::DynamoAnalytics;

/// It allocates with fewer instructions than glibc: ARCHITECTURE.md, "Size and cold start".
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let telemetry = telemetry::start();
    let settings = Settings::read(|name| std::env::var(name).unwrap_or_default())?;
    let client = aws_client::dynamodb(&aws_client::config()?);
    let (built, other) = (variable("BUILT_TABLE")?, variable("OTHER_TABLE")?);
    let events = DynamoEventStore::new(client.clone(), variable("EVENT_TABLE")?);
    let projections = Projections::new(&events, &client, std::slice::from_ref(&built));
    let progress = DynamoProgress::new(client.clone(), &built);
    let operator = &Operator {
        build: Build { events, projections, progress, settings },
        comparison: Comparison {
            parity: DynamoParity::new(client, built, other, vec![DynamoAnalytics::COUNTERS]),
            pause: Comparison::PAUSE,
        },
    };
    let answer = async |event: LambdaEvent<Request>| {
        operator.answer(event.payload, projection::deadline(event.context.deadline)).await
    };
    telemetry.run(answer).await
}
