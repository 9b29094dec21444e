//! The connection to `DynamoDB`, and the tables of this run. Only tables that this run made are deleted.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::retry::RetryConfig;
use aws_sdk_dynamodb::config::timeout::TimeoutConfig;
use aws_sdk_dynamodb::config::{BehaviorVersion, Builder, Credentials, Region};
use aws_sdk_dynamodb::types::{
    AttributeDefinition, BillingMode, GlobalSecondaryIndex, KeySchemaElement, KeyType, Projection,
    ProjectionType, PutRequest, ScalarAttributeType, WriteRequest,
};
use aws_smithy_async::rt::sleep::TokioSleep;
use dynamo::AttributeMap;
use futures::stream::{self, StreamExt, TryStreamExt};
use uuid::Uuid;

pub(crate) use dynamo::{number, text};

use crate::counting::Counter;
use crate::error::{PeersError, failed};

/// The longest time of a request. A page of 1 MB takes far less.
const TIMEOUT: Duration = Duration::from_mins(1);
/// The most items of a batch. Source: Amazon `DynamoDB` API Reference, `BatchWriteItem`.
const BATCH: usize = 25;
/// How many batches are written at once.
const BATCHES_AT_ONCE: usize = 8;
/// How often the rest of a batch is sent again.
const BATCH_ATTEMPTS: usize = 20;

/// The key of a table: names of attributes with their types.
pub(crate) type Key = (&'static str, ScalarAttributeType);

/// The keys of a table or of an index.
#[derive(Debug, Clone)]
pub(crate) struct Keys {
    /// The partition key.
    pub(crate) partition: Key,
    /// The sort key.
    pub(crate) sort: Option<Key>,
}

/// A string key.
pub(crate) const fn text_key(name: &'static str) -> Key {
    (name, ScalarAttributeType::S)
}

/// A number key.
pub(crate) const fn number_key(name: &'static str) -> Key {
    (name, ScalarAttributeType::N)
}

/// `DynamoDB` at one endpoint, with the tables that this run made there.
#[derive(Debug, Clone)]
pub(crate) struct Database {
    endpoint: String,
    run: String,
    made: Arc<Mutex<Vec<String>>>,
}

impl Database {
    /// The service at `endpoint`. The tables of this run begin with `peers-` and a random id.
    pub(crate) fn new(endpoint: impl Into<String>) -> Self {
        let run = format!("peers-{}", &Uuid::new_v4().simple().to_string()[..12]);
        Self { endpoint: endpoint.into(), run, made: Arc::default() }
    }

    /// A client whose requests are counted by `counter` and not retried.
    pub(crate) fn client(&self, counter: &Counter) -> Client {
        Client::from_conf(self.config().interceptor(counter.clone()).build())
    }

    fn config(&self) -> Builder {
        Builder::new()
            .behavior_version(BehaviorVersion::v2026_01_12())
            .region(Region::from_static("eu-west-1"))
            .credentials_provider(Credentials::new("test", "test", None, None, "test"))
            .endpoint_url(&self.endpoint)
            .http_client(aws_smithy_http_client::Builder::new().build_http())
            // One peer refuses a client without a sleeper.
            .sleep_impl(TokioSleep::new())
            .retry_config(RetryConfig::disabled())
            .timeout_config(TimeoutConfig::builder().operation_timeout(TIMEOUT).build())
    }

    fn uncounted(&self) -> Client {
        Client::from_conf(self.config().build())
    }

    /// The name of a new table, which this run deletes at its end.
    fn name(&self, purpose: &str) -> String {
        let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        let name = format!("{}-{purpose}-{}", self.run, made.len());
        made.push(name.clone());
        name
    }

    /// Creates the project's event table.
    pub(crate) async fn event_table(&self) -> String {
        let name = self.name("event");
        testing::dynamodb::create_event_table(&self.uncounted(), &name).await;
        name
    }

    /// Creates the project's query table.
    pub(crate) async fn query_table(&self) -> String {
        let name = self.name("query");
        testing::dynamodb::create_query_table(&self.uncounted(), &name).await;
        name
    }

    /// Creates a table with `keys` and the indexes `indexes`, which contain all attributes.
    pub(crate) async fn table(
        &self,
        purpose: &str,
        keys: &Keys,
        indexes: &[(&str, Keys)],
    ) -> Result<String, PeersError> {
        let name = self.name(purpose);
        let mut attributes: Vec<Key> = Vec::new();
        for keys in [keys].into_iter().chain(indexes.iter().map(|(_, keys)| keys)) {
            attributes.extend([keys.partition.clone()].into_iter().chain(keys.sort.clone()));
        }
        attributes.sort_by_key(|(name, _)| *name);
        attributes.dedup_by_key(|(name, _)| *name);
        let mut create =
            self.uncounted().create_table().table_name(&name).billing_mode(BillingMode::PayPerRequest);
        for (name, of) in attributes {
            let attribute = AttributeDefinition::builder().attribute_name(name).attribute_type(of).build();
            create = create.attribute_definitions(attribute.map_err(failed("define an attribute"))?);
        }
        create = create.set_key_schema(Some(schema(keys)?));
        for (index, keys) in indexes {
            let projection = Projection::builder().projection_type(ProjectionType::All).build();
            let index = GlobalSecondaryIndex::builder()
                .index_name(*index)
                .set_key_schema(Some(schema(keys)?))
                .projection(projection)
                .build();
            create = create.global_secondary_indexes(index.map_err(failed("define an index"))?);
        }
        create.send().await.map_err(failed("create a table"))?;
        Ok(name)
    }

    /// Writes `items` to `table` in batches, several at once. The requests are not counted.
    pub(crate) async fn fill(
        &self,
        table: &str,
        items: impl IntoIterator<Item = AttributeMap>,
    ) -> Result<(), PeersError> {
        let client = self.uncounted();
        let mut items = items.into_iter().peekable();
        let batches = std::iter::from_fn(|| {
            let batch: Vec<_> = items.by_ref().take(BATCH).collect();
            (!batch.is_empty()).then_some(batch)
        });
        let writes = stream::iter(batches.map(|batch| write_batch(&client, table, batch)));
        writes.buffer_unordered(BATCHES_AT_ONCE).try_collect().await
    }

    /// Deletes the tables of this run.
    pub(crate) async fn delete_tables(&self) -> Result<(), PeersError> {
        let made = std::mem::take(&mut *self.made.lock().unwrap_or_else(PoisonError::into_inner));
        for name in made {
            self.uncounted()
                .delete_table()
                .table_name(name)
                .send()
                .await
                .map_err(failed("delete a table of this run"))?;
        }
        Ok(())
    }
}

fn schema(keys: &Keys) -> Result<Vec<KeySchemaElement>, PeersError> {
    let sort = keys.sort.iter().map(|(name, _)| (*name, KeyType::Range));
    let keys = [(keys.partition.0, KeyType::Hash)].into_iter().chain(sort);
    keys.map(|(name, of)| {
        let key = KeySchemaElement::builder().attribute_name(name).key_type(of).build();
        key.map_err(failed("define a key"))
    })
    .collect()
}

async fn write_batch(client: &Client, table: &str, items: Vec<AttributeMap>) -> Result<(), PeersError> {
    let request = |item| {
        let put = PutRequest::builder().set_item(Some(item)).build().map_err(failed("define a put"))?;
        Ok(WriteRequest::builder().put_request(put).build())
    };
    let mut unwritten: Vec<WriteRequest> =
        items.into_iter().map(request).collect::<Result<_, PeersError>>()?;
    for _ in 0..BATCH_ATTEMPTS {
        let sent = client.batch_write_item().request_items(table, unwritten).send().await;
        let rest = sent.map_err(failed("write a batch"))?.unprocessed_items.unwrap_or_default();
        match rest.into_values().next() {
            Some(rest) if !rest.is_empty() => unwritten = rest,
            _ => return Ok(()),
        }
    }
    Err(failed("write a batch")("DynamoDB does not take the whole batch"))
}
