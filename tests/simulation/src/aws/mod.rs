//! `DynamoDB` on a simulated network. The client is the real one, the server is a real engine in memory, and the seed
//! decides what happens to each request between them.

mod connection;
mod corruption;
mod dynamodb;
mod engine;
mod future_events;
mod lagging_copy;
mod message;
mod partial;
mod tables;

use std::sync::{Arc, OnceLock};

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::retry::{RetryPartition, TokenBucket};
use aws_sdk_dynamodb::config::{Builder, SharedHttpClient};
use aws_types::SdkConfig;

use crate::world::World;

pub(crate) use corruption::{damage_an_item, repair_items};
pub(crate) use dynamodb::take_effect;
pub(crate) use engine::serve;
pub(crate) use future_events::{
    data_in_known_form, in_known_form, published_in_known_form, record_in_known_form,
};
pub(crate) use lagging_copy::LaggingCopy;
pub(crate) use message::{DynamoRequest, DynamoResponse};
pub(crate) use tables::restore_event_table;

/// A client for `caller` with the same timeouts and retries as in production.
///
/// The client has its own budget of retries. The SDK's default budget is shared by all clients of a process, and one
/// run must not affect another.
pub(crate) fn client(world: &Arc<World>, caller: &'static str) -> Client {
    let tries = RetryPartition::custom(caller).token_bucket(TokenBucket::default()).build();
    let connection = connection::Connection { world: Arc::clone(world), caller };
    let config =
        Builder::from(deployed()).http_client(SharedHttpClient::new(connection)).retry_partition(tries);
    Client::from_conf(config.build())
}

fn deployed() -> &'static SdkConfig {
    static CONFIG: OnceLock<SdkConfig> = OnceLock::new();
    let variable = |name: &str| match name {
        "AWS_REGION" => Some("eu-central-1".to_owned()),
        "AWS_ACCESS_KEY_ID" | "AWS_SECRET_ACCESS_KEY" => Some("simulated".to_owned()),
        _ => None,
    };
    CONFIG.get_or_init(|| aws_client::config_from(variable).unwrap())
}
