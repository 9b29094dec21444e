//! An operator of an embedded stack. The operator invokes functions that have no route and simulates failures.

use std::error::Error;
use std::time::Duration;

use aws_sdk_dynamodb::types::AttributeValue;
use serde_json::{Value, json};
use stack_template::Template;

use crate::{Aws, RecordPosition};

type BoxError = Box<dyn Error + Send + Sync>;

/// The client's timeout, which is longer than any function may run.
const TIMEOUT: Duration = Duration::from_mins(16);
/// How often a refused invocation is retried, and an unfinished rebuild is continued.
const REFUSALS: u32 = 120;
/// The pause between two attempts.
const PAUSE: Duration = Duration::from_millis(500);

/// An operator of an embedded stack.
#[derive(Debug, Clone)]
pub struct Operator {
    aws: Aws,
    http: reqwest::Client,
    endpoint: String,
    template: Template,
}

impl Operator {
    /// The operator of the embedded stack that runs `template`. AWS clients reach the stack at `endpoint`.
    pub fn new(endpoint: &str, template: &Template) -> Result<Self, BoxError> {
        let aws = Aws::from_embedded(endpoint, template)?;
        let http = reqwest::Client::builder().timeout(TIMEOUT).build()?;
        Ok(Self { aws, http, endpoint: endpoint.to_owned(), template: template.clone() })
    }

    /// The stack's AWS services.
    #[must_use]
    pub const fn aws(&self) -> &Aws {
        &self.aws
    }

    /// Invokes the function whose binary is `binary`, and returns its response. The function refuses the invocation while
    /// another one has its lease, for example one of the schedule. A refused invocation is retried.
    pub async fn invoke(&self, binary: &str, event: &Value) -> Result<Value, BoxError> {
        let mut answer = self.invoke_once(binary, event).await?;
        for _ in 0..REFUSALS {
            if answer["refused"].is_null() {
                break;
            }
            tokio::time::sleep(PAUSE).await;
            answer = self.invoke_once(binary, event).await?;
        }
        Ok(answer)
    }

    /// Invokes the function whose binary is `binary`, and returns its response, which may be a refusal.
    pub async fn invoke_once(&self, binary: &str, event: &Value) -> Result<Value, BoxError> {
        let name = self.function(binary)?;
        let url = format!("{}/2015-03-31/functions/{name}/invocations", self.endpoint);
        let answer = self.http.post(&url).body(event.to_string()).send().await?.error_for_status()?;
        let failed = answer.headers().contains_key("x-amz-function-error");
        let answer: Value = serde_json::from_slice(&answer.bytes().await?)?;
        if failed { Err(answer.to_string().into()) } else { Ok(answer) }
    }

    /// The name of the function whose binary is `binary`.
    pub fn function(&self, binary: &str) -> Result<&str, BoxError> {
        let function = self.template.functions.iter().find(|function| function.binary == binary);
        Ok(&function.ok_or_else(|| format!("there is no function {binary}"))?.name)
    }

    /// Sends a message to the queue whose logical id is `queue`.
    pub async fn send(&self, queue: &str, body: &Value) -> Result<(), BoxError> {
        let send =
            self.aws.sqs.send_message().queue_url(self.queue_url(queue)?).message_body(body.to_string());
        Box::pin(send.send()).await?;
        Ok(())
    }

    /// Up to ten messages of the queue whose logical id is `queue`. The messages stay visible.
    pub async fn peek(&self, queue: &str) -> Result<Vec<Value>, BoxError> {
        let receive = self.aws.sqs.receive_message().queue_url(self.queue_url(queue)?);
        let answer =
            Box::pin(receive.max_number_of_messages(10).visibility_timeout(0).wait_time_seconds(1).send())
                .await?;
        let bodies = answer.messages().iter().map(|message| message.body().unwrap_or_default());
        Ok(bodies.map(serde_json::from_str).collect::<Result<_, _>>()?)
    }

    /// Takes up to ten messages out of the queue whose logical id is `queue`. Waits up to a second for the first one.
    pub async fn take(&self, queue: &str) -> Result<Vec<Value>, BoxError> {
        let url = self.queue_url(queue)?;
        let receive = self.aws.sqs.receive_message().queue_url(&url).max_number_of_messages(10);
        let answer = Box::pin(receive.wait_time_seconds(1).send()).await?;
        let mut bodies = Vec::new();
        for message in answer.messages() {
            bodies.push(serde_json::from_str(message.body().unwrap_or_default())?);
            let receipt = message.receipt_handle().unwrap_or_default();
            Box::pin(self.aws.sqs.delete_message().queue_url(&url).receipt_handle(receipt).send()).await?;
        }
        Ok(bodies)
    }

    fn queue_url(&self, queue: &str) -> Result<String, BoxError> {
        let found = self.template.queues.iter().find(|found| found.logical_id == queue);
        let name = &found.ok_or_else(|| format!("there is no queue {queue}"))?.name;
        Ok(format!("{}/{}/{name}", self.endpoint, stack_base::account::ACCOUNT))
    }

    /// The message that Lambda sends when it gives up delivering the record at `position` to the function `function`.
    /// `arrival` is the RFC 3339 time at which the record arrived in the stream.
    #[must_use]
    pub fn given_up(&self, function: &str, position: &RecordPosition, arrival: &str) -> Value {
        json!({
            "requestContext": {
                "requestId": "00000000-0000-4000-8000-000000000000",
                "functionArn": stack_base::account::function_arn(function),
                "condition": "RetryAttemptsExhausted", "approximateInvokeCount": 101,
            },
            "version": "1.0", "timestamp": arrival,
            "KinesisBatchInfo": {
                "shardId": position.shard, "batchSize": 1,
                "startSequenceNumber": position.sequence, "endSequenceNumber": position.sequence,
                "approximateArrivalOfFirstRecord": arrival, "approximateArrivalOfLastRecord": arrival,
                "streamArn": stack_base::account::stream_arn(&self.aws.stream),
            },
        })
    }

    /// Gives the lease of `operator` to another invocation until `until`, in seconds since the epoch; 0 returns it.
    pub async fn hold_lease(&self, operator: &str, until: u64) -> Result<(), BoxError> {
        let function = self.template.functions.iter().find(|function| function.binary == operator);
        let table = function.and_then(|function| function.environment.get("OPERATIONS_TABLE"));
        let put = self.aws.dynamodb.put_item().table_name(table.ok_or("no operations table")?);
        let put = put.item("pk", AttributeValue::S(format!("lease#{operator}")));
        let put = put.item("holder", AttributeValue::S("another invocation".to_owned()));
        Box::pin(put.item("held_until", AttributeValue::N(until.to_string())).send()).await?;
        Ok(())
    }

    /// Sets the version of the item `pk`, `sk` of the query table.
    pub async fn set_version(&self, pk: &str, sk: &str, version: u64) -> Result<(), BoxError> {
        let version = AttributeValue::N(version.to_string());
        self.set(&self.aws.query_table, pk, sk, &[("version", version)]).await
    }

    /// Sets the run `run` of a rebuild of `built` with one segment to the position after the first commit of the order
    /// `order`, and deletes the order's view and the checkpoint of its search entries from the generation. This simulates
    /// damage to the table while the rebuild was paused within a stream.
    pub async fn set_back_rebuild(&self, built: &str, run: u64, order: &str) -> Result<(), BoxError> {
        let built = self.table(built);
        for sk in ["view", "checkpoint#search-projection"] {
            self.aws.delete(built, &format!("order#{order}"), sk).await?;
        }
        let number = |number: u64| AttributeValue::N(number.to_string());
        let plan = [("segments", number(1)), ("run", number(run))];
        self.set(built, "rebuild", "plan", &plan).await?;
        let cursor = json!({"stream": format!("order-{order}"), "first": 1, "last": 1}).to_string();
        let place = [
            ("run", number(run)),
            ("cursor", AttributeValue::S(cursor)),
            ("pages", number(1)),
            ("commits", number(1)),
            ("held", number(0)),
            ("unreadable", number(0)),
            ("finished", AttributeValue::Bool(false)),
        ];
        self.set(built, "rebuild", "segment#0000000", &place).await
    }

    /// Makes the checkpoint `pk`, `sk` in the generation `generation` one of `event_table`. If this is another event table
    /// than the stack's, the projections cannot write the checkpoint.
    pub async fn set_timeline(
        &self,
        generation: &str,
        pk: &str,
        sk: &str,
        event_table: &str,
    ) -> Result<(), BoxError> {
        let timeline = AttributeValue::S(event_table.to_owned());
        self.set(self.table(generation), pk, sk, &[("timeline", timeline)]).await
    }

    /// Deletes the checkpoint of the publisher for `stream`, so that the stream counts as unpublished.
    pub async fn forget_publication(&self, stream: &str) -> Result<(), BoxError> {
        self.aws.delete(self.publication_table()?, stream, "published").await
    }

    /// The version up to which `stream` is published; 0 if it is not.
    pub async fn published(&self, stream: &str) -> Result<u64, BoxError> {
        let get = self.aws.dynamodb.get_item().table_name(self.publication_table()?).consistent_read(true);
        let get = get.key("pk", AttributeValue::S(stream.to_owned()));
        let get = get.key("sk", AttributeValue::S("published".to_owned()));
        let item = Box::pin(get.send()).await?.item.unwrap_or_default();
        let version = item.get("version").and_then(|version| version.as_n().ok());
        Ok(version.map_or(Ok(0), |version| version.parse())?)
    }

    fn publication_table(&self) -> Result<&str, BoxError> {
        let mut functions = self.template.functions.iter();
        let publisher = functions.find(|function| function.binary == "publish-events");
        let table = publisher.and_then(|function| function.environment.get("PUBLICATION_TABLE"));
        table.map(String::as_str).ok_or_else(|| "the stack publishes no events: set EventBusName".into())
    }

    fn table(&self, generation: &str) -> &str {
        if generation == "green" { &self.aws.green_query_table } else { &self.aws.query_table }
    }

    /// Invokes `rebuild` with `task`, and then with `build` until the rebuild is done.
    pub async fn rebuild(&self, task: &Value) -> Result<Value, BoxError> {
        let mut report = self.invoke("rebuild", task).await?;
        for _ in 0..REFUSALS {
            if report["state"] == "done" {
                return Ok(report);
            }
            tokio::time::sleep(PAUSE).await;
            report = self.invoke("rebuild", &json!({"task": "build"})).await?;
        }
        Err(format!("the rebuild is not done: {report}").into())
    }

    /// Sets attributes of the item `pk`, `sk` of `table`.
    async fn set(
        &self,
        table: &str,
        pk: &str,
        sk: &str,
        attributes: &[(&str, AttributeValue)],
    ) -> Result<(), BoxError> {
        let text = |text: &str| AttributeValue::S(text.to_owned());
        let mut update =
            self.aws.dynamodb.update_item().table_name(table).key("pk", text(pk)).key("sk", text(sk));
        let assignments = attributes.iter().map(|(name, _)| format!("#{name} = :{name}"));
        update = update.update_expression(format!("SET {}", assignments.collect::<Vec<_>>().join(", ")));
        for (name, value) in attributes {
            update = update.expression_attribute_names(format!("#{name}"), *name);
            update = update.expression_attribute_values(format!(":{name}"), value.clone());
        }
        Box::pin(update.send()).await?;
        Ok(())
    }
}
