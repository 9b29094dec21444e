//! `DynamoDB` in the test's own process, with its requests counted and its faults scripted.

mod fault;
mod recorder;
mod table;

use std::time::Duration;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::retry::RetryConfig;
use aws_sdk_dynamodb::config::timeout::TimeoutConfig;
use aws_sdk_dynamodb::config::{BehaviorVersion, Builder, Credentials, Region};
use aws_sdk_dynamodb::types::AttributeValue;
use tokio::net::TcpListener;
use uuid::Uuid;

pub use fault::{Fault, Faults};
pub use recorder::Recorder;
pub use table::{create_event_table, create_query_table};

/// Far more than a request on loopback takes, so that only a hang ends by it.
const TIMEOUT: Duration = Duration::from_secs(20);

/// The environment variable that names another `DynamoDB` to test against: `http://127.0.0.1:8000`.
pub const ENDPOINT_VARIABLE: &str = "DYNAMODB_ENDPOINT";

/// A `DynamoDB` on loopback: one of its own, or the one that [`ENDPOINT_VARIABLE`] names. Tables have names of their
/// own, so that tests can share one.
#[derive(Debug)]
pub struct LocalDynamoDb {
    endpoint: String,
    recorder: Recorder,
    faults: Faults,
}

impl LocalDynamoDb {
    /// Starts it on a free port; it ends with the runtime of the test.
    pub async fn start() -> Self {
        let endpoint = match std::env::var(ENDPOINT_VARIABLE) {
            Ok(endpoint) => endpoint,
            Err(_) => serve().await,
        };
        Self { endpoint, recorder: Recorder::default(), faults: Faults::default() }
    }

    /// Where it answers.
    #[must_use]
    pub fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// What its clients have asked for.
    #[must_use]
    pub const fn recorder(&self) -> &Recorder {
        &self.recorder
    }

    /// What is to go wrong between it and its clients.
    #[must_use]
    pub const fn faults(&self) -> &Faults {
        &self.faults
    }

    /// A client of it that is recorded, meets the scripted faults and tries nothing again.
    #[must_use]
    pub fn client(&self) -> Client {
        Client::from_conf(self.config().build())
    }

    /// The configuration of [`client`](Self::client), to be changed.
    #[must_use]
    pub fn config(&self) -> Builder {
        self.plain().http_client(self.faults.around(http())).interceptor(self.recorder.clone())
    }

    /// Creates an event table: string key `pk`, number key `sk`.
    pub async fn event_table(&self) -> String {
        let name = format!("event-{}", Uuid::new_v4());
        table::create_event_table(&self.unrecorded(), &name).await;
        name
    }

    /// Creates a query table: string keys `pk` and `sk`, and the indexes `by_user` and `by_status`.
    pub async fn query_table(&self) -> String {
        let name = format!("query-{}", Uuid::new_v4());
        table::create_query_table(&self.unrecorded(), &name).await;
        name
    }

    /// Sets an attribute of the item with the key `pk`, `sk` in `table`.
    pub async fn set(
        &self,
        table: &str,
        (pk, sk): (&str, AttributeValue),
        name: &str,
        value: AttributeValue,
    ) {
        let update = self.client().update_item().table_name(table).update_expression("SET #name = :value");
        let update = update.key("pk", AttributeValue::S(pk.to_owned())).key("sk", sk);
        let update = update.expression_attribute_names("#name", name);
        update.expression_attribute_values(":value", value).send().await.unwrap();
    }

    /// Removes the item with the key `pk`, `sk` from `table`.
    pub async fn remove(&self, table: &str, (pk, sk): (&str, &str)) {
        let text = |text: &str| AttributeValue::S(text.to_owned());
        let delete = self.client().delete_item().table_name(table).key("pk", text(pk)).key("sk", text(sk));
        delete.send().await.unwrap();
    }

    fn unrecorded(&self) -> Client {
        Client::from_conf(self.plain().http_client(http()).build())
    }

    fn plain(&self) -> Builder {
        Builder::new()
            .behavior_version(BehaviorVersion::v2026_01_12())
            .region(Region::from_static("eu-west-1"))
            .credentials_provider(Credentials::new("test", "test", None, None, "test"))
            .endpoint_url(&self.endpoint)
            .retry_config(RetryConfig::disabled())
            .timeout_config(TimeoutConfig::builder().operation_timeout(TIMEOUT).build())
    }
}

fn http() -> aws_sdk_dynamodb::config::SharedHttpClient {
    aws_smithy_http_client::Builder::new().build_http()
}

async fn serve() -> String {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(dynoxide::server::serve_on(listener, dynoxide::Database::memory().unwrap()));
    endpoint
}
