//! A local `DynamoDB` in the test's process. Its requests are counted, and its faults are scripted.

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
pub use table::{create_event_table, create_operations_table, create_query_table};

/// The timeout of a request. It is much longer than a request on loopback takes, so only a hanging request reaches it.
const TIMEOUT: Duration = Duration::from_secs(20);

/// The environment variable with the address of another `DynamoDB` to test against: `http://127.0.0.1:8000`.
pub const ENDPOINT_VARIABLE: &str = "DYNAMODB_ENDPOINT";

/// A `DynamoDB` on loopback: a new one, or the one that [`ENDPOINT_VARIABLE`] names. Every table has a unique name, so
/// tests can share one `DynamoDB`.
#[derive(Debug)]
pub struct LocalDynamoDb {
    endpoint: String,
    recorder: Recorder,
    faults: Faults,
}

impl LocalDynamoDb {
    /// Starts the service on a free port. It ends with the test's async runtime.
    pub async fn start() -> Self {
        let endpoint = match std::env::var(ENDPOINT_VARIABLE) {
            Ok(endpoint) => endpoint,
            Err(_) => serve().await,
        };
        Self { endpoint, recorder: Recorder::default(), faults: Faults::default() }
    }

    /// The address of the service.
    #[must_use]
    pub fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// The recorder of the clients' requests.
    #[must_use]
    pub const fn recorder(&self) -> &Recorder {
        &self.recorder
    }

    /// The script of faults between the service and its clients.
    #[must_use]
    pub const fn faults(&self) -> &Faults {
        &self.faults
    }

    /// A client whose requests are recorded, meet the scripted faults and are not retried.
    #[must_use]
    pub fn client(&self) -> Client {
        Client::from_conf(self.config().build())
    }

    /// The configuration of [`client`](Self::client), which a test can change.
    #[must_use]
    pub fn config(&self) -> Builder {
        self.plain().http_client(self.faults.around(http())).interceptor(self.recorder.clone())
    }

    /// Creates an event table with the string key `pk` and the number key `sk`, and returns its name.
    pub async fn event_table(&self) -> String {
        let name = format!("event-{}", Uuid::new_v4());
        table::create_event_table(&self.unrecorded(), &name).await;
        name
    }

    /// Creates a query table with the string keys `pk` and `sk` and the indexes `by_user` and `by_status`. Returns its
    /// name.
    pub async fn query_table(&self) -> String {
        let name = format!("query-{}", Uuid::new_v4());
        table::create_query_table(&self.unrecorded(), &name).await;
        name
    }

    /// Creates a table of operations with the string key `pk` and returns its name.
    pub async fn operations_table(&self) -> String {
        let name = format!("operations-{}", Uuid::new_v4());
        table::create_operations_table(&self.unrecorded(), &name).await;
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
