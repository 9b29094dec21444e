//! The `main` function of a projection function: from the environment to Lambda's runtime.

use std::sync::Arc;

use aws_client::{AttemptSpans, variable};
use event_store::DynamoEventStore;
use event_stream::{Batch, BatchResponse};
use lambda::{Error, LambdaEvent, SystemClock, deadline};
use telemetry::Metrics;
use tokio::time::Instant;
use tracing::Instrument;
use view_store::QueryTables;

use crate::batch::BATCHES;
use crate::{DeadLetterQueue, SqsDeadLetters, Stores, ViewProjection, WritableTables, projector_for, span};

/// The binary has another name than the projection that it runs.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "the binary {binary} runs the projection {projection}: give the projection's NAME and the binary the same name"
)]
pub struct WrongBinary {
    /// The binary's name.
    pub binary: &'static str,
    /// The projection's name.
    pub projection: &'static str,
}

/// Runs the function of the projection `P` until Lambda ends its sandbox. `binary` is the name of the binary. The
/// function's metrics are in `namespace`.
///
/// The environment must have `EVENT_TABLE`, `DEAD_LETTER_QUEUE_URL` and the variables that [`aws_client::config`] and
/// [`QueryTables::from_environment`] read.
///
/// A batch begins with the known state of the generations, or with a read of the state if it is too old. If the read
/// fails, Lambda delivers the batch again.
///
/// # Errors
/// - [`WrongBinary`] if `binary` is not the projection's name
/// - [`aws_client::ConfigError`] with the name of the variable that is missing or invalid
/// - the error of the runtime if Lambda's Runtime API fails
pub fn run<P: ViewProjection>(namespace: &'static str, binary: &'static str) -> Result<(), Error> {
    if binary != P::NAME {
        return Err(WrongBinary { binary, projection: P::NAME }.into());
    }
    lambda::run(namespace, async |telemetry| {
        let config = aws_client::config()?;
        let client = aws_client::dynamodb(&config);
        let event_table = variable("EVENT_TABLE")?;
        let tables = QueryTables::from_environment(client.clone(), Arc::new(SystemClock), "projection")?;
        let tables = &WritableTables::new(client.clone(), tables, event_table.clone());
        let events = &DynamoEventStore::new(client.clone(), &event_table).on_side("projection");
        let queue = aws_sdk_sqs::config::Builder::from(&config).interceptor(AttemptSpans).build();
        let queue = aws_sdk_sqs::Client::from_conf(queue);
        let dead_letters = &SqsDeadLetters::new(queue, variable("DEAD_LETTER_QUEUE_URL")?);
        let project = async |event: LambdaEvent<Batch>| {
            let deadline = deadline(event.context.deadline);
            Ok(project_written::<P>(events, tables, &event.payload, dead_letters, deadline).await)
        };
        telemetry.run(project).await
    })
}

/// Projects `batch` into the generations that are written now. If they are unknown, Lambda delivers the batch again, and
/// the batch counts as redelivered.
pub async fn project_written<P: ViewProjection>(
    events: &DynamoEventStore,
    tables: &WritableTables,
    batch: &Batch,
    dead_letters: &dyn DeadLetterQueue,
    deadline: Instant,
) -> BatchResponse {
    let work = async {
        match tables.written().await {
            Ok(tables) => {
                let stores = Stores { events: events.clone(), tables, clock: Arc::new(SystemClock) };
                projector_for::<P, _>(&stores).work_through(batch, dead_letters, deadline).await.0
            }
            Err(error) => {
                let error = &error as &(dyn std::error::Error + 'static);
                let metrics = Metrics::for_operation(P::NAME).outcome(BATCHES, "redelivered");
                let metrics = metrics.field();
                tracing::warn!(
                    metrics,
                    error,
                    "the generations are unknown, so Lambda delivers the batch again"
                );
                span::failed();
                let first = batch.records.iter().map(|record| record.sequence.clone()).min();
                BatchResponse::from_failed(&Vec::from_iter(first))
            }
        }
    };
    work.instrument(span::for_batch::<P>(batch)).await
}
