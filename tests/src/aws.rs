//! Access to the stack's AWS services: its tables, stream and queues. Scenarios use it for actions that the HTTP API
//! does not offer.

use std::collections::HashMap;
use std::env;
use std::error::Error;

use aws_sdk_dynamodb::Client as DynamoDb;
use aws_sdk_dynamodb::types::{
    ApproximateCreationDateTimePrecision, AttributeValue, BillingMode, EnableKinesisStreamingConfiguration,
};
use aws_sdk_kinesis::primitives::Blob;
use aws_sdk_kinesis::types::ScalingType;
use aws_sdk_sqs::types::QueueAttributeName;
use serde_json::{Map, Value, json};
use stack_template::Template;

use crate::commits::by_stream;
use crate::{StoredCommit, Streams, Target};

type BoxError = Box<dyn Error + Send + Sync>;

/// Clients of the stack's AWS services, and the names of its resources.
#[derive(Debug, Clone)]
pub struct Aws {
    pub(crate) dynamodb: DynamoDb,
    pub(crate) kinesis: aws_sdk_kinesis::Client,
    pub(crate) sqs: aws_sdk_sqs::Client,
    event_table: String,
    /// The table of the generation blue, which is live unless a test cuts over.
    pub(crate) query_table: String,
    /// The table of the generation green.
    pub(crate) green_query_table: String,
    pub(crate) stream: String,
    dead_letter_queue: String,
}

/// The position of a record in the stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordPosition {
    /// The shard.
    pub shard: String,
    /// The sequence number in the shard.
    pub sequence: String,
}

impl Aws {
    /// The AWS services of `target`. For an embedded stack, the template has the names of the resources. For another
    /// stack, environment variables contain the configuration: `AWS_REGION` and the credentials in `AWS_ACCESS_KEY_ID`
    /// and so on, `AWS_ENDPOINT_URL` unless the stack is on AWS, and the outputs of the deployed stack as
    /// `EVENT_TABLE`, `BLUE_QUERY_TABLE`, `GREEN_QUERY_TABLE`, `EVENT_STREAM` and `DEAD_LETTER_QUEUE_URL`.
    ///
    /// # Errors
    /// An error that names the missing variable.
    pub fn from_target(target: &Target) -> Result<Self, BoxError> {
        match &target.embedded {
            Some(stack) => Self::from_embedded(&stack.aws_endpoint, &stack.template),
            None => Self::from_variables(|name| env::var(name).ok()),
        }
    }

    /// The AWS services of the embedded stack that runs `template`. AWS clients reach the stack at `endpoint`.
    pub fn from_embedded(endpoint: &str, template: &Template) -> Result<Self, BoxError> {
        let function = template.functions.iter().find(|function| function.binary == "order-projection");
        let environment = function.map(|function| function.environment.clone()).unwrap_or_default();
        let stream = template.streams.first().map(|stream| stream.name.clone());
        Self::from_variables(|name| match name {
            "AWS_ENDPOINT_URL" => Some(endpoint.to_owned()),
            "AWS_REGION" => Some(stack_base::account::REGION.to_owned()),
            "AWS_ACCESS_KEY_ID" | "AWS_SECRET_ACCESS_KEY" => Some("developer".to_owned()),
            "EVENT_STREAM" => stream.clone(),
            _ => environment.get(name).cloned(),
        })
    }

    fn from_variables(variable: impl Fn(&str) -> Option<String>) -> Result<Self, BoxError> {
        let required = |name: &str| variable(name).ok_or_else(|| format!("set {name}"));
        let config = aws_client::config_from(|name| variable(name))?;
        Ok(Self {
            dynamodb: DynamoDb::new(&config),
            kinesis: aws_sdk_kinesis::Client::new(&config),
            sqs: aws_sdk_sqs::Client::new(&config),
            event_table: required("EVENT_TABLE")?,
            query_table: required("BLUE_QUERY_TABLE")?,
            green_query_table: required("GREEN_QUERY_TABLE")?,
            stream: required("EVENT_STREAM")?,
            dead_letter_queue: required("DEAD_LETTER_QUEUE_URL")?,
        })
    }

    /// Reads a stream's commits, and returns their change records as DynamoDB sends them to Kinesis, oldest first.
    pub async fn changes(&self, stream: &str) -> Result<Vec<Value>, BoxError> {
        let query = self.dynamodb.query().table_name(&self.event_table).consistent_read(true);
        let query = query.key_condition_expression("pk = :stream");
        let stream = AttributeValue::S(stream.to_owned());
        let answer = Box::pin(query.expression_attribute_values(":stream", stream).send()).await?;
        Ok(answer.items().iter().map(|item| change(&self.event_table, item)).collect())
    }

    /// Reads all streams of the event table.
    pub async fn streams(&self) -> Result<Streams, BoxError> {
        let scan = self.dynamodb.scan().table_name(&self.event_table).consistent_read(true);
        let mut pages = scan.into_paginator().send();
        let mut commits = Vec::new();
        while let Some(page) = pages.next().await {
            for item in page?.items() {
                commits.push(StoredCommit::from_item(item).ok_or_else(|| format!("not a commit: {item:?}"))?);
            }
        }
        Ok(by_stream(commits))
    }

    /// Copies the event table into the new table `name`, as a point-in-time restore does: with the data and without the
    /// stream to Kinesis.
    pub async fn restore_event_table(&self, name: &str) -> Result<(), BoxError> {
        let described = Box::pin(self.dynamodb.describe_table().table_name(&self.event_table).send()).await?;
        let source = described.table.ok_or("a table without a description")?;
        let create = self.dynamodb.create_table().table_name(name).billing_mode(BillingMode::PayPerRequest);
        let create = create.set_attribute_definitions(source.attribute_definitions);
        Box::pin(create.set_key_schema(source.key_schema).send()).await?;
        let scan = self.dynamodb.scan().table_name(&self.event_table).consistent_read(true);
        let mut pages = scan.into_paginator().send();
        while let Some(page) = pages.next().await {
            for item in page?.items() {
                let put = self.dynamodb.put_item().table_name(name).set_item(Some(item.clone()));
                Box::pin(put.send()).await?;
            }
        }
        Ok(())
    }

    /// Makes DynamoDB send the changes of the table `name` to the stream of the event table.
    pub async fn send_changes_to_stream(&self, name: &str) -> Result<(), BoxError> {
        let precision = ApproximateCreationDateTimePrecision::Microsecond;
        let configuration = EnableKinesisStreamingConfiguration::builder();
        let configuration = configuration.approximate_creation_date_time_precision(precision).build();
        let stream = stack_base::account::stream_arn(&self.stream);
        let enable = self.dynamodb.enable_kinesis_streaming_destination().table_name(name).stream_arn(stream);
        Box::pin(enable.enable_kinesis_streaming_configuration(configuration).send()).await?;
        Ok(())
    }

    /// Changes the number of shards of the stream.
    pub async fn reshard(&self, shards: i32) -> Result<(), BoxError> {
        let update = self.kinesis.update_shard_count().stream_name(&self.stream).target_shard_count(shards);
        Box::pin(update.scaling_type(ScalingType::UniformScaling).send()).await?;
        Ok(())
    }

    /// The number of visible messages in each queue.
    pub async fn queues(&self) -> Result<Vec<(String, u64)>, BoxError> {
        let mut queues = Vec::new();
        for queue in Box::pin(self.sqs.list_queues().send()).await?.queue_urls() {
            let name = QueueAttributeName::ApproximateNumberOfMessages;
            let attributes = self.sqs.get_queue_attributes().queue_url(queue).attribute_names(name.clone());
            let attributes = Box::pin(attributes.send()).await?;
            let count = attributes.attributes().and_then(|all| all.get(&name)?.parse().ok());
            queues.push((queue.clone(), count.ok_or("a queue without a count")?));
        }
        Ok(queues)
    }

    /// Deletes the item `pk`, `sk` from both generations of the query table, for example a view or a checkpoint. This simulates damage,
    /// because the stack's functions never delete views or checkpoints.
    pub async fn delete_query_item(&self, pk: &str, sk: &str) -> Result<(), BoxError> {
        for table in [&self.query_table, &self.green_query_table] {
            self.delete(table, pk, sk).await?;
        }
        Ok(())
    }

    /// Whether the generation blue of the query table has the item `pk`, `sk`.
    pub async fn has_query_item(&self, pk: &str, sk: &str) -> Result<bool, BoxError> {
        let get = self.dynamodb.get_item().table_name(&self.query_table).consistent_read(true);
        let key = |text: &str| AttributeValue::S(text.to_owned());
        Ok(Box::pin(get.key("pk", key(pk)).key("sk", key(sk)).send()).await?.item.is_some())
    }

    pub(crate) async fn delete(&self, table: &str, pk: &str, sk: &str) -> Result<(), BoxError> {
        let delete = self.dynamodb.delete_item().table_name(table);
        let key = |text: &str| AttributeValue::S(text.to_owned());
        Box::pin(delete.key("pk", key(pk)).key("sk", key(sk)).send()).await?;
        Ok(())
    }

    /// Puts a record on the stream and returns its position.
    pub async fn put(&self, record: &[u8]) -> Result<RecordPosition, BoxError> {
        let put = self.kinesis.put_record().stream_name(&self.stream).partition_key("scenario");
        let answer = Box::pin(put.data(Blob::new(record)).send()).await?;
        Ok(RecordPosition { shard: answer.shard_id, sequence: answer.sequence_number })
    }

    /// Receives up to ten messages from the dead-letter queue, and waits up to a second for the first.
    pub async fn dead_letters(&self) -> Result<Vec<Value>, BoxError> {
        let receive = self.sqs.receive_message().queue_url(&self.dead_letter_queue).wait_time_seconds(1);
        let answer = Box::pin(receive.max_number_of_messages(10).send()).await?;
        Ok(answer.messages().iter().filter_map(|m| serde_json::from_str(m.body()?).ok()).collect())
    }
}

/// The change record that DynamoDB sends for a new commit.
fn change(event_table: &str, item: &HashMap<String, AttributeValue>) -> Value {
    let image: Map<_, _> = item.iter().map(|(name, value)| (name.clone(), typed(value))).collect();
    json!({
        "awsRegion": "eu-central-1", "eventID": "00000000-0000-4000-8000-000000000000", "eventName": "INSERT",
        "userIdentity": null, "recordFormat": "application/json", "tableName": event_table,
        "dynamodb": {"ApproximateCreationDateTime": 1_795_350_600_000_i64, "SizeBytes": 1,
            "Keys": {"pk": image["pk"], "sk": image["sk"]}, "NewImage": image},
        "eventSource": "aws:dynamodb",
    })
}

/// An attribute in DynamoDB's JSON. A commit has only strings and numbers.
fn typed(value: &AttributeValue) -> Value {
    match (value.as_s(), value.as_n()) {
        (Ok(text), _) => json!({ "S": text }),
        (_, Ok(number)) => json!({ "N": number }),
        _ => Value::Null,
    }
}
