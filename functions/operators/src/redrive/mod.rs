//! The operator function that projects failed records again.
//!
//! Two queues hold failed records. A message in `stream-failures` has the position in the stream of a batch that Lambda
//! gave up delivering. A message in `dead-letters` has the record that a projection could not read, with the error. If
//! the record is too large for a message, the message has only its position in the stream. A message may also name a
//! stream that is held at a version, without a record.
//!
//! The projection that failed processes the message again. The message leaves its queue only after a check that the
//! views have its commits. A message that fails again goes back with the reason. A message that can never succeed
//! leaves its queue only when an operator discards it.
//!
//! If the stream no longer retains the records, the commits come from the event table instead. A stream that cannot be
//! projected then becomes a dead letter of its own and does not stop the others.

mod operator;
mod pace;
mod progress;
mod queue;
mod request;
mod rereading;
mod settings;
mod stream;
mod work;

use std::sync::Arc;

use aws_client::{AttemptSpans, seconds, variable};
use aws_sdk_kinesis as kinesis;
use aws_sdk_sqs as sqs;
use es_core::Clock;
use event_store::DynamoEventStore;
use lambda::{Error, LambdaEvent, SystemClock, deadline};
use projection::WritableTables;
use reactions::registry as followers;
use view_store::QueryTables;

use crate::Lease;

pub use operator::Redrive;
pub use progress::RereadProgress;
pub use queue::{Attempts, MessageQueue, QueueError, QueueMessage, SqsMessages};
pub use request::{
    FailureQueue, InvalidRequest, ListedMessage, MessageCount, Reason, RedriveOutcome, RedriveReport,
    RedriveRequest, ShortList, WorkResult,
};
pub use settings::{ProjectionFunctions, SettingError};
pub use stream::{KinesisRecords, ReadBack, RecordSource, SourceError};
pub use work::Replayer;

/// Runs the function until Lambda stops its sandbox.
///
/// # Errors
/// [`aws_client::ConfigError`] or [`SettingError`] that names the missing or wrong environment variable, or the error
/// of Lambda's Runtime API.
pub fn run() -> Result<(), Error> {
    lambda::run(shop_contract::NAMESPACE, async |telemetry| {
        let config = aws_client::config()?;
        let client = aws_client::dynamodb(&config);
        let sqs =
            sqs::Client::from_conf(sqs::config::Builder::from(&config).interceptor(AttemptSpans).build());
        let kinesis = kinesis::Client::from_conf(
            kinesis::config::Builder::from(&config).interceptor(AttemptSpans).build(),
        );
        let event_table = variable("EVENT_TABLE")?;
        let tables = QueryTables::from_environment(client.clone(), Arc::new(SystemClock), "operator")?;
        let events = DynamoEventStore::new(client.clone(), &event_table).on_side("operator");
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let redrive = &Redrive {
            views: Replayer {
                followers: followers::running(&config, &client, &events, &clock)?,
                events,
                tables: WritableTables::new(client.clone(), tables, event_table),
                clock: Arc::new(SystemClock),
                projection_timeout: seconds("PROJECTION_TIMEOUT")?,
            },
            stream_failures: SqsMessages::new(sqs.clone(), variable("STREAM_FAILURE_QUEUE_URL")?),
            dead_letters: SqsMessages::new(sqs, variable("DEAD_LETTER_QUEUE_URL")?),
            records: KinesisRecords::new(kinesis),
            functions: variable("PROJECTION_FUNCTIONS")?.parse()?,
            clock: Arc::new(SystemClock),
        };
        let lease = &Lease::new(client, variable("OPERATIONS_TABLE")?, "redrive", Arc::new(SystemClock));
        let answer = async |event: LambdaEvent<RedriveRequest>| {
            let (request, deadline) = (event.payload, deadline(event.context.deadline));
            lease.run(request.changes(), deadline, redrive.answer(request, deadline)).await
        };
        telemetry.run(answer).await
    })
}
