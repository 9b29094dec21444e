//! The `main` function of a projection function: from the environment to Lambda's runtime.

use std::sync::Arc;

use aws_client::{AttemptSpans, variable};
use event_store::DynamoEventStore;
use event_stream::Batch;
use lambda::{Error, LambdaEvent, SystemClock, deadline};
use view_store::QueryTable;

use crate::{SqsDeadLetters, Stores, ViewProjection, projector_for};

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
/// The environment must have `EVENT_TABLE`, `QUERY_TABLE`, `DEAD_LETTER_QUEUE_URL` and the variables that
/// [`aws_client::config`] reads. While the query table has two generations, it also has `OTHER_QUERY_TABLE`.
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
        let table = |name| QueryTable { client: client.clone(), name, timeline: event_table.clone() };
        let stores = Stores {
            events: DynamoEventStore::new(client.clone(), &event_table),
            tables: (table(variable("QUERY_TABLE")?), variable("OTHER_QUERY_TABLE").ok().map(table)),
            clock: Arc::new(SystemClock),
        };
        let queue = aws_sdk_sqs::config::Builder::from(&config).interceptor(AttemptSpans).build();
        let queue = aws_sdk_sqs::Client::from_conf(queue);
        let dead_letters = &SqsDeadLetters::new(queue, variable("DEAD_LETTER_QUEUE_URL")?);
        let projector = &projector_for::<P, _>(&stores);
        let project = async |event: LambdaEvent<Batch>| {
            let deadline = deadline(event.context.deadline);
            Ok(projector.project(&event.payload, dead_letters, deadline).await.0)
        };
        telemetry.run(project).await
    })
}
