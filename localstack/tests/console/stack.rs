//! A stack with the tables of this project and without functions: the tests write what functions would.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use localstack::binaries::Binaries;
use localstack::stack::FunctionBinaries;
use localstack::{RunningStack, Stack, StackOptions};
use reqwest::{Client, Response};
use serde_json::{Value, json};

/// Far beyond what anything here takes.
const PATIENCE: Duration = Duration::from_secs(30);

const TEMPLATE: &str = "
Resources:
  EventTable:
    Type: AWS::DynamoDB::Table
    Properties:
      TableName: events
      AttributeDefinitions:
        - {AttributeName: pk, AttributeType: S}
        - {AttributeName: sk, AttributeType: N}
      KeySchema:
        - {AttributeName: pk, KeyType: HASH}
        - {AttributeName: sk, KeyType: RANGE}
      BillingMode: PAY_PER_REQUEST
      KinesisStreamSpecification:
        StreamArn: !GetAtt EventStream.Arn
  QueryTable:
    Type: AWS::DynamoDB::Table
    Properties:
      TableName: views
      AttributeDefinitions:
        - {AttributeName: pk, AttributeType: S}
        - {AttributeName: sk, AttributeType: S}
      KeySchema:
        - {AttributeName: pk, KeyType: HASH}
        - {AttributeName: sk, KeyType: RANGE}
      BillingMode: PAY_PER_REQUEST
  EventStream:
    Type: AWS::Kinesis::Stream
    Properties:
      ShardCount: 1
";

/// The stack and its client.
pub(crate) struct Shown {
    pub(crate) stack: RunningStack,
    pub(crate) client: Client,
    _folder: Folder,
}

/// A folder that is gone at the end of the test.
struct Folder(PathBuf);

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

pub(crate) async fn start() -> Shown {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(uuid::Uuid::new_v4().to_string());
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("template.yaml"), TEMPLATE).unwrap();
    let functions = FunctionBinaries::Built(Binaries::default());
    let options = StackOptions { project: folder.clone(), functions, ..StackOptions::default() };
    let stack = Stack::start(options).await.unwrap();
    Shown { stack, client: Client::new(), _folder: Folder(folder) }
}

impl Shown {
    /// Asks the console.
    pub(crate) async fn get(&self, path: &str) -> Response {
        self.client.get(format!("{}{path}", self.stack.console_url())).send().await.unwrap()
    }

    /// Asks the console for JSON.
    pub(crate) async fn json(&self, path: &str) -> Value {
        self.get(path).await.json().await.unwrap()
    }

    /// Puts an item as a function would.
    pub(crate) async fn put(&self, table: &str, item: &Value) {
        let request =
            self.client.post(self.stack.aws_endpoint()).json(&json!({"TableName": table, "Item": item}));
        let request = request.header("x-amz-target", "DynamoDB_20120810.PutItem");
        let signature = "AWS4-HMAC-SHA256 Credential=developer/20260101/us-east-1/dynamodb/aws4_request, \
            SignedHeaders=host, Signature=0";
        let request = request.header("x-amz-date", "20260101T000000Z");
        let answer = request.header("authorization", signature).send().await.unwrap();
        assert_eq!(answer.status(), 200, "{}", answer.text().await.unwrap());
    }

    /// Puts a commit of one event, made in the trace whose id is 16 times `trace`.
    pub(crate) async fn commit(&self, stream: &str, version: u64, event: &str, trace: u8) {
        let traceparent = format!("00-{}-0101010101010101-01", format!("{trace:02x}").repeat(16));
        let events = json!([{"type": event, "data": {"name": "<b>kettle</b>"}}]);
        let item = json!({
            "pk": {"S": stream}, "sk": {"N": version.to_string()}, "count": {"N": "1"},
            "events": {"S": events.to_string()}, "at": {"S": "2026-11-22T12:00:00.000001Z"}, "by": {"S": "user-1"},
            "traceparent": {"S": traceparent}, "correlation_id": {"S": "c-1"},
        });
        self.put("events", &item).await;
    }

    /// Sends a span in OTLP's JSON.
    pub(crate) async fn span(&self, span: Value) {
        let body = json!({"resourceSpans": [{"scopeSpans": [{"spans": [span]}]}]});
        let url = format!("{}/v1/traces", self.stack.otlp().unwrap().http);
        assert_eq!(self.client.post(url).json(&body).send().await.unwrap().status(), 200);
    }

    /// Asks for JSON until `condition` gives something.
    pub(crate) async fn eventually<T>(&self, path: &str, condition: impl Fn(&Value) -> Option<T>) -> T {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let answer = self.json(path).await;
            if let Some(found) = condition(&answer) {
                return found;
            }
            assert!(Instant::now() < deadline, "{path} still says {answer}");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }
}
