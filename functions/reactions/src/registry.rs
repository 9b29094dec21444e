//! The list of what follows the event stream without being a view. Redrive and reconcile use it.

use std::sync::Arc;

use aws_client::ConfigError;
use aws_sdk_dynamodb::Client;
use aws_types::SdkConfig;
use es_core::{Clock, EventReader};
use projection::{FollowerFacts, RunningFollower};
use publication::{PublicationSettings, Publisher, checkpoint_table};

use crate::publish_events::VOCABULARY;

/// The names of all followers, which are also the names of their functions.
pub const NAMES: [&str; 1] = [publication::NAME];

/// The followers that this deployment has switched on.
///
/// # Errors
/// [`ConfigError`] with the name of the environment variable that is missing.
pub fn facts(client: &Client) -> Result<Vec<FollowerFacts>, ConfigError> {
    let table = checkpoint_table(client.clone())?;
    Ok(table.map(publication::facts).into_iter().collect())
}

/// The same followers over the event table `events`. `clock` measures their lag.
///
/// # Errors
/// [`ConfigError`] with the name of the environment variable that is missing.
pub fn running(
    config: &SdkConfig,
    client: &Client,
    events: &(impl EventReader + Clone + 'static),
    clock: &Arc<dyn Clock>,
) -> Result<Vec<Box<dyn RunningFollower>>, ConfigError> {
    let settings = PublicationSettings::from_environment(config, VOCABULARY)?;
    let table = checkpoint_table(client.clone())?;
    let publisher = settings.zip(table).map(|(PublicationSettings { bus, envelope }, table)| {
        let publisher = Publisher::new(events.clone(), bus, envelope, table, Arc::clone(clock));
        Box::new(publisher) as Box<dyn RunningFollower>
    });
    Ok(publisher.into_iter().collect())
}
