//! `DynamoDB` on a simulated network: the real client on this side, a real engine in memory on the other, and between
//! them what the seed says.

mod dynamodb;
mod fate;
mod reply;
mod shortage;
mod wire;

use std::sync::{Arc, OnceLock};

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::retry::{RetryPartition, TokenBucket};
use aws_sdk_dynamodb::config::{Builder, SharedHttpClient};
use aws_types::SdkConfig;
use serde_json::Value;

use crate::world::{Generation, World};

pub(crate) use dynamodb::{serve, take_effect};
pub(crate) use reply::Reply;

/// The name of the event table.
pub(crate) const EVENTS: &str = "events";

/// A request on the wire.
#[derive(Debug, Clone)]
pub(crate) struct Call {
    /// The function that makes it.
    pub(crate) caller: &'static str,
    /// `PutItem`.
    pub(crate) operation: String,
    /// Its body.
    pub(crate) body: Value,
}

impl Call {
    /// Whether it is about the event table.
    pub(crate) fn is_about_events(&self) -> bool {
        self.body["TableName"] == EVENTS
    }

    /// Whether it is about the second generation of the query table.
    pub(crate) fn is_about_second_generation(&self) -> bool {
        self.body.to_string().contains(Generation::Green.table())
    }
}

/// The client that `caller` makes, with the very timeouts and retries it has when it is deployed.
///
/// The tries that it may make again are counted for itself: the SDK's own count is one for all clients of a process, and
/// one run must not take from another.
pub(crate) fn client(world: &Arc<World>, caller: &'static str) -> Client {
    let tries = RetryPartition::custom(caller).token_bucket(TokenBucket::default()).build();
    let wire = wire::Wire { world: Arc::clone(world), caller };
    let config = Builder::from(deployed()).http_client(SharedHttpClient::new(wire)).retry_partition(tries);
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
