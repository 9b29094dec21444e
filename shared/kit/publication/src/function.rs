//! The `main` function of a publisher: from the environment to Lambda's runtime.

use std::sync::Arc;

use aws_client::{AttemptSpans, ConfigError, variable};
use aws_sdk_dynamodb::Client;
use aws_types::SdkConfig;
use es_core::{StreamId, StreamVersion};
use event_store::DynamoEventStore;
use event_stream::Batch;
use lambda::{Error, LambdaEvent, SystemClock, deadline};
use projection::SqsDeadLetters;
use view_store::QueryTable;

use crate::{Envelope, EventBridge, Publisher};

/// The environment variable with the name or ARN of the bus. It is missing or empty where nothing is published.
const EVENT_BUS: &str = "EVENT_BUS";

/// The parts of an [`Envelope`] that the code defines.
#[derive(Debug, Clone, Copy)]
pub struct Vocabulary {
    /// See [`Envelope::schemas`].
    pub schemas: &'static str,
    /// See [`Envelope::reference`].
    pub reference: fn(&StreamId, StreamVersion) -> String,
}

/// Where and how a deployment publishes its events.
#[derive(Debug, Clone)]
pub struct PublicationSettings {
    /// The bus.
    pub bus: EventBridge,
    /// What all envelopes have in common.
    pub envelope: Envelope,
}

impl PublicationSettings {
    /// The settings in the variables `EVENT_BUS` and `EVENT_SOURCE`. `None` if `EVENT_BUS` is missing or empty, because
    /// then nothing is published.
    ///
    /// # Errors
    /// [`ConfigError`] if `EVENT_SOURCE` is missing.
    pub fn from_environment(config: &SdkConfig, vocabulary: Vocabulary) -> Result<Option<Self>, ConfigError> {
        let Ok(bus) = variable(EVENT_BUS) else { return Ok(None) };
        let Vocabulary { schemas, reference } = vocabulary;
        let envelope = Envelope { source: variable("EVENT_SOURCE")?, schemas, reference };
        Ok(Some(Self { bus: EventBridge::new(config, bus), envelope }))
    }

    /// The settings of a function that exists only where events are published; see
    /// [`from_environment`](Self::from_environment).
    ///
    /// # Errors
    /// [`ConfigError`] with the name of the variable that is missing.
    pub fn required(config: &SdkConfig, vocabulary: Vocabulary) -> Result<Self, ConfigError> {
        Self::from_environment(config, vocabulary)?.ok_or(ConfigError::Missing(EVENT_BUS))
    }
}

/// The table with the checkpoints, which the variables `PUBLICATION_TABLE` and `EVENT_TABLE` name. `None` if `EVENT_BUS` is
/// missing or empty, because then nothing is published. `client` reaches the table.
///
/// # Errors
/// [`ConfigError`] with the name of the variable that is missing.
pub fn checkpoint_table(client: Client) -> Result<Option<QueryTable>, ConfigError> {
    let table = |_| {
        Ok(QueryTable { client, name: variable("PUBLICATION_TABLE")?, timeline: variable("EVENT_TABLE")? })
    };
    variable(EVENT_BUS).ok().map(table).transpose()
}

/// Runs the publisher until Lambda ends its sandbox. The function's metrics are in `namespace`.
///
/// The environment must have `DEAD_LETTER_QUEUE_URL`, and the variables that [`PublicationSettings::required`],
/// [`checkpoint_table`] and [`aws_client::config`] read.
///
/// # Errors
/// - [`ConfigError`] with the name of the variable that is missing or invalid
/// - the error of the runtime if Lambda's Runtime API fails
pub fn run(namespace: &'static str, vocabulary: Vocabulary) -> Result<(), Error> {
    lambda::run(namespace, async |telemetry| {
        let config = aws_client::config()?;
        let client = aws_client::dynamodb(&config);
        let events = DynamoEventStore::new(client.clone(), variable("EVENT_TABLE")?).on_side("projection");
        let PublicationSettings { bus, envelope } = PublicationSettings::required(&config, vocabulary)?;
        let table = checkpoint_table(client)?.ok_or(ConfigError::Missing(EVENT_BUS))?;
        let publisher = &Publisher::new(events, bus, envelope, table, Arc::new(SystemClock));
        let queue = aws_sdk_sqs::config::Builder::from(&config).interceptor(AttemptSpans).build();
        let queue = aws_sdk_sqs::Client::from_conf(queue);
        let dead_letters = &SqsDeadLetters::new(queue, variable("DEAD_LETTER_QUEUE_URL")?);
        let publish = async |event: LambdaEvent<Batch>| {
            let deadline = deadline(event.context.deadline);
            Ok::<_, Error>(publisher.publish(&event.payload, dead_letters, deadline).await.0)
        };
        telemetry.run(publish).await
    })
}
