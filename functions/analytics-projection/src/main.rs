//! The Lambda function `analytics-projection`: telemetry, configuration, clients, handler, run.

use analytics_projection::AnalyticsProjector;
use aws_client::variable;
use aws_sdk_sqs::Client as Sqs;
use event_store::DynamoEventStore;
use event_stream::Batch;
use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use projection::{SqsDeadLetters, deadline};
use read_store::DynamoAnalytics;

/// It allocates with fewer instructions than glibc: ARCHITECTURE.md, "Size and cold start".
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    telemetry::init();
    let config = aws_client::config()?;
    let dynamodb = aws_client::dynamodb(&config);
    let projector = &AnalyticsProjector::new(
        DynamoEventStore::new(dynamodb.clone(), variable("EVENT_TABLE")?),
        DynamoAnalytics::new(dynamodb, variable("QUERY_TABLE")?),
        SqsDeadLetters::new(Sqs::new(&config), variable("DEAD_LETTER_QUEUE_URL")?),
    );
    run(service_fn(async move |event: LambdaEvent<Batch>| {
        let (response, _) = projector.project(&event.payload, deadline(event.context.deadline)).await;
        Ok::<_, Error>(response)
    }))
    .await
}
