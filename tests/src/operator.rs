//! An operator at an embedded stack: invokes functions that have no route, and stands in for what goes wrong.

use std::error::Error;
use std::time::Duration;

use aws_sdk_dynamodb::types::AttributeValue;
use aws_sdk_kinesis::primitives::Blob;
use localstack::template::Template;
use serde_json::{Value, json};

use crate::Aws;

type Failed = Box<dyn Error + Send + Sync>;

/// Longer than any function may run.
const TIMEOUT: Duration = Duration::from_mins(16);

/// An operator at an embedded stack.
#[derive(Debug, Clone)]
pub struct Operator {
    aws: Aws,
    http: reqwest::Client,
    endpoint: String,
    template: Template,
}

/// Where a record came to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Placed {
    /// The shard.
    pub shard: String,
    /// Its sequence number there.
    pub sequence: String,
}

impl Operator {
    /// The operator of the embedded stack that answers plain AWS clients at `endpoint` and runs `template`.
    ///
    /// # Errors
    /// Names what the template does not have, or what HTTP lacks.
    pub fn new(endpoint: &str, template: &Template) -> Result<Self, Failed> {
        let aws = Aws::of_embedded(endpoint, template)?;
        let http = reqwest::Client::builder().timeout(TIMEOUT).build()?;
        Ok(Self { aws, http, endpoint: endpoint.to_owned(), template: template.clone() })
    }

    /// The stack's AWS side.
    #[must_use]
    pub const fn aws(&self) -> &Aws {
        &self.aws
    }

    /// Invokes the function whose binary is `binary`; its answer.
    ///
    /// # Errors
    /// That of the function, or of the way to it.
    pub async fn invoke(&self, binary: &str, event: &Value) -> Result<Value, Failed> {
        let function = self.template.functions.iter().find(|function| function.binary == binary);
        let name = &function.ok_or_else(|| format!("there is no function {binary}"))?.name;
        let url = format!("{}/2015-03-31/functions/{name}/invocations", self.endpoint);
        let answer = self.http.post(url).body(event.to_string()).send().await?.error_for_status()?;
        let failed = answer.headers().contains_key("x-amz-function-error");
        let answer: Value = serde_json::from_slice(&answer.bytes().await?)?;
        if failed { Err(answer.to_string().into()) } else { Ok(answer) }
    }

    /// Puts a record on the stream; where it came to be.
    ///
    /// # Errors
    /// The service's.
    pub async fn put(&self, record: &[u8]) -> Result<Placed, Failed> {
        let put = self.aws.kinesis.put_record().stream_name(&self.aws.stream).partition_key("operator");
        let answer = Box::pin(put.data(Blob::new(record)).send()).await?;
        Ok(Placed { shard: answer.shard_id, sequence: answer.sequence_number })
    }

    /// Sends a message to the queue whose logical id is `queue`.
    ///
    /// # Errors
    /// The service's; names a queue that is not there.
    pub async fn send(&self, queue: &str, body: &Value) -> Result<(), Failed> {
        let found = self.template.queues.iter().find(|found| found.logical_id == queue);
        let name = &found.ok_or_else(|| format!("there is no queue {queue}"))?.name;
        let url = format!("{}/{}/{name}", self.endpoint, localstack::account::ACCOUNT);
        let send = self.aws.sqs.send_message().queue_url(url).message_body(body.to_string());
        Box::pin(send.send()).await?;
        Ok(())
    }

    /// What Lambda says of the record at `placed` once it has given up bringing it to the function `function`.
    #[must_use]
    pub fn given_up(&self, function: &str, placed: &Placed) -> Value {
        let arrival = "2026-11-22T12:00:00.000Z";
        json!({
            "requestContext": {
                "requestId": "00000000-0000-4000-8000-000000000000",
                "functionArn": localstack::account::function_arn(function),
                "condition": "RetryAttemptsExhausted", "approximateInvokeCount": 101,
            },
            "version": "1.0", "timestamp": arrival,
            "KinesisBatchInfo": {
                "shardId": placed.shard, "batchSize": 1,
                "startSequenceNumber": placed.sequence, "endSequenceNumber": placed.sequence,
                "approximateArrivalOfFirstRecord": arrival, "approximateArrivalOfLastRecord": arrival,
                "streamArn": localstack::account::stream_arn(&self.aws.stream),
            },
        })
    }

    /// Says of the item `pk`, `sk` of the query table that it is at `version`.
    ///
    /// # Errors
    /// The service's.
    pub async fn set_version(&self, pk: &str, sk: &str, version: u64) -> Result<(), Failed> {
        let text = |text: &str| AttributeValue::S(text.to_owned());
        let update = self.aws.dynamodb.update_item().table_name(&self.aws.query_table);
        let update =
            update.key("pk", text(pk)).key("sk", text(sk)).update_expression("SET version = :version");
        let version = AttributeValue::N(version.to_string());
        Box::pin(update.expression_attribute_values(":version", version).send()).await?;
        Ok(())
    }
}
