//! The Lambda function `history-projection`: telemetry, configuration, clients, handler, run.

use aws_client::variable;
use aws_sdk_sqs::Client as Sqs;
use event_store::DynamoEventStore;
use event_stream::Batch;
use history_projection::HistoryProjector;
use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use projection::{SqsDeadLetters, deadline};
use read_store::DynamoHistories;

/// It allocates with fewer instructions than glibc: ARCHITECTURE.md, "Size and cold start".
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    telemetry::init();
    let config = aws_client::config()?;
    let dynamodb = aws_client::dynamodb(&config);
    let projector = &HistoryProjector::new(
        DynamoEventStore::new(dynamodb.clone(), variable("EVENT_TABLE")?),
        DynamoHistories::new(dynamodb, variable("QUERY_TABLE")?),
        SqsDeadLetters::new(Sqs::new(&config), variable("DEAD_LETTER_QUEUE_URL")?),
    );
    run(service_fn(async move |event: LambdaEvent<Batch>| {
        let (response, _) = projector.project(&event.payload, deadline(event.context.deadline)).await;
        Ok::<_, Error>(response)
    }))
    .await
}
