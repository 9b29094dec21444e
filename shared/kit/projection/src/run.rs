//! A projection function, from its environment to Lambda's runtime.

use aws_client::{AttemptSpans, variable};
use aws_sdk_dynamodb::Client;
use es_core::{Projection, ViewWriter};
use event_store::DynamoEventStore;
use event_stream::Batch;
use lambda::{Error, LambdaEvent, Telemetry, deadline};

use crate::{Projector, SqsDeadLetters};

/// The tables that a projection works on: the event table and one generation of the query table.
#[derive(Debug, Clone)]
pub struct Tables {
    /// The event table, which the function reads where deliveries leave a gap.
    pub events: DynamoEventStore,
    /// What reaches the query table.
    pub client: Client,
    /// The query table's name.
    pub query_table: String,
}

/// Runs the function of the projection `P`, whose views are written by what `views` makes, until Lambda ends it;
/// `telemetry` was started before.
///
/// Its environment has `EVENT_TABLE`, `QUERY_TABLE`, `DEAD_LETTER_QUEUE_URL` and what [`aws_client::config`] reads; and
/// `OTHER_QUERY_TABLE` while the query table has two generations, for which `views` is called once each.
///
/// # Errors
/// [`aws_client::ConfigError`] naming the variable that is missing or wrong; that of the runtime where Lambda's Runtime
/// API fails.
pub async fn run<P, W>(telemetry: Telemetry, views: impl Fn(Tables) -> W) -> Result<(), Error>
where
    P: Projection,
    W: ViewWriter<P::Change>,
{
    let config = aws_client::config()?;
    let client = aws_client::dynamodb(&config);
    let events = DynamoEventStore::new(client.clone(), variable("EVENT_TABLE")?);
    let generation =
        |query_table| views(Tables { events: events.clone(), client: client.clone(), query_table });
    let (live, other) = (variable("QUERY_TABLE")?, variable("OTHER_QUERY_TABLE").ok());
    let (live, other) = (generation(live), other.map(generation));
    let queue = aws_sdk_sqs::config::Builder::from(&config).interceptor(AttemptSpans).build();
    let queue = aws_sdk_sqs::Client::from_conf(queue);
    let dead_letters = SqsDeadLetters::new(queue, variable("DEAD_LETTER_QUEUE_URL")?);
    let projector = &Projector::<P, _, _, _>::new(events, live, dead_letters).and_generation(other);
    let project = async |event: LambdaEvent<Batch>| {
        let (response, _) = projector.project(&event.payload, deadline(event.context.deadline)).await;
        Ok(response)
    };
    telemetry.run(project).await
}
