//! A console on tables like this project's, with a shell script as its function. The tests write the items that
//! functions would write.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use reqwest::{Client, Response};
use serde_json::{Value, json};
use stack_base::account::function_arn;
use stack_base::chaos::Chaos;
use stack_base::http::serve_until;
use stack_base::listen::LoopbackListener;
use stack_base::stop::Stop;
use stack_base::store::{Location, SqliteStore};
use stack_console::Sources;
use stack_dynamodb::bridge::Bridge;
use stack_dynamodb::{Changes, DynamoDb};
use stack_events::{Caller, EventBuses};
use stack_kinesis::{Kinesis, SCHEMAS};
use stack_lambda::{FunctionSpec, Lambda, LambdaOptions};
use stack_sqs::Sqs;
use stack_telemetry::otlp::{self, Receivers, TraceLimits, TraceStore};
use stack_template::{AsynchronousInvocation, Template, parse_yaml};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use uuid::Uuid;

/// Timeout that is far longer than any step of these tests.
const TIMEOUT: Duration = Duration::from_secs(30);

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
  FailureQueue:
    Type: AWS::SQS::Queue
    Properties:
      QueueName: failures
  Place:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: target/lambda/place
      Policies:
        - Statement:
            - {Effect: Allow, Action: [dynamodb:PutItem, dynamodb:Query], Resource: !GetAtt EventTable.Arn}
            - {Effect: Allow, Action: sqs:SendMessage, Resource: !GetAtt FailureQueue.Arn}
            - {Effect: Allow, Action: events:PutEvents, Resource: !GetAtt Bus.Arn}
      Events:
        Route: {Type: HttpApi, Properties: {Method: POST, Path: /orders}}
  Project:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: target/lambda/project
      Events:
        Changes:
          Type: Kinesis
          Properties:
            Stream: !GetAtt EventStream.Arn
            StartingPosition: TRIM_HORIZON
            DestinationConfig: {OnFailure: {Destination: !GetAtt FailureQueue.Arn}}
  Bus: {Type: AWS::Events::EventBus, Properties: {Name: shop}}
  ToQueue:
    Type: AWS::Events::Rule
    Properties:
      EventBusName: !Ref Bus
      EventPattern: {detail-type: [OrderPaid]}
      Targets: [{Arn: !GetAtt FailureQueue.Arn, Id: queue}]
  React:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: target/lambda/react
      Events:
        Placed:
          Type: EventBridgeRule
          Properties:
            EventBusName: !Ref Bus
            Pattern: {detail-type: [OrderPlaced]}
            DeadLetterConfig: {Arn: !GetAtt FailureQueue.Arn}
  Look:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: target/lambda/look
      Events:
        Route: {Type: HttpApi, Properties: {Method: GET, Path: /orders}}
  Repair:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: target/lambda/repair
";

/// An order's stream.
pub(crate) const ORDER: &str = "order-0198a3c2-7f60-7c10-8a52-1d4e5f607182";
/// The function that the mapping of the template invokes.
pub(crate) const PROJECT: &str = "Project";
/// The function that a rule of the template invokes. The runtime has it only if a test starts it.
pub(crate) const REACT: &str = "React";

/// A running console with tables, change bridge and span receiver. Dropping it stops them.
pub(crate) struct TestConsole {
    pub(crate) client: Client,
    pub(crate) url: String,
    pub(crate) kinesis: Kinesis,
    pub(crate) sqs: Sqs,
    pub(crate) events: EventBuses<Lambda>,
    pub(crate) lambda: Lambda,
    pub(crate) chaos: Chaos,
    spans: String,
    engine: DynamoDb,
    changes: Changes,
    stop: Stop,
    server: JoinHandle<()>,
}

pub(crate) async fn start() -> TestConsole {
    start_with(&[PROJECT]).await
}

/// Starts a console whose runtime has these functions.
pub(crate) async fn start_with(functions: &[&str]) -> TestConsole {
    let template = Template::from_document(&parse_yaml(TEMPLATE).unwrap(), &BTreeMap::new(), "").unwrap();
    let (location, stop, changes) = (Location::Memory(Uuid::new_v4()), Stop::default(), Changes::default());
    let store = SqliteStore::open(&location, SCHEMAS.into_iter().chain([stack_sqs::SCHEMA])).unwrap();
    let kinesis = Kinesis::open(store.clone(), &template.streams, 1).unwrap();
    let sqs = Sqs::open(store, &template.queues, "http://127.0.0.1:4566").unwrap();
    let lambda = lambda(functions).await;
    let chaos = Chaos::default();
    let events = EventBuses::new(&template, sqs.clone(), lambda.clone(), &chaos, stop.listen());
    let engine = DynamoDb::start(&location, &template.tables, &changes, stop.listen()).await.unwrap();
    for table in &template.tables {
        if let Some(bridge) =
            Bridge::open(table, &engine, &location, &kinesis, &Chaos::default(), false).unwrap()
        {
            bridge.start(&changes, stop.listen());
        }
    }
    let listen = async || LoopbackListener::from(TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap());
    let (page, receivers) = (listen().await, Receivers { http: listen().await, grpc: listen().await });
    let url = |listener: &LoopbackListener| format!("http://{}", listener.local_addr().unwrap());
    let (url, spans) = (url(&page), url(&receivers.http));
    let traces = TraceStore::new(TraceLimits::default());
    otlp::start(receivers, &traces, None, &stop.listen()).unwrap();
    let sources = Sources {
        template: &template,
        database: engine.database(),
        changes: &changes,
        kinesis: &kinesis,
        sqs: &sqs,
        events: &events,
        lambda: &lambda,
        chaos: &chaos,
        unpublished: Arc::new(|| Ok([("events".to_owned(), 7)].into())),
        first_command: "send orders".to_owned(),
        traces: &traces,
        has_telemetry: true,
    };
    let console = stack_console::router(sources, stop.listen());
    let server = serve_until(page, console, stop.listen());
    let client = stack_base::http::client(TIMEOUT).unwrap();
    TestConsole { client, url, kinesis, sqs, events, lambda, chaos, spans, engine, changes, stop, server }
}

/// A runtime with functions that run the same script.
async fn lambda(functions: &[&str]) -> Lambda {
    let spec = |name: &&str| FunctionSpec {
        name: (*name).to_owned(),
        arn: function_arn(name),
        role: String::new(),
        binary: std::path::absolute("tests/console/function.sh").unwrap(),
        environment: BTreeMap::new(),
        timeout: Duration::from_mins(1),
        memory_mb: 128,
        max_instances: 1,
        reserved_concurrency: None,
        log_group: "/aws/lambda/function".to_owned(),
        events: AsynchronousInvocation::default(),
    };
    Lambda::start(functions.iter().map(spec).collect(), LambdaOptions::default()).await.unwrap()
}

impl TestConsole {
    /// Sends a GET request to the console.
    pub(crate) async fn get(&self, path: &str) -> Response {
        self.client.get(format!("{}{path}", self.url)).send().await.unwrap()
    }

    /// Sends a GET request and parses the JSON response.
    pub(crate) async fn json(&self, path: &str) -> Value {
        self.get(path).await.json().await.unwrap()
    }

    /// Stops everything and waits until the server has ended.
    pub(crate) async fn shutdown(self) {
        self.stop.send();
        self.server.await.unwrap();
    }

    /// Puts an item into a table, as a function would.
    pub(crate) fn put(&self, table: &str, item: &Value) {
        let request = json!({"TableName": table, "Item": item});
        self.engine.database().put_item(serde_json::from_value(request).unwrap()).unwrap();
        self.changes.announce();
    }

    /// Puts a commit of one event. The byte `trace`, repeated 16 times, is its trace id.
    pub(crate) fn commit(&self, stream: &str, version: u64, event: &str, trace: u8) {
        let traceparent = format!("00-{}-0101010101010101-01", format!("{trace:02x}").repeat(16));
        let events = json!([{"type": event, "data": {"name": "<b>kettle</b>"}}]);
        let item = json!({
            "pk": {"S": stream}, "sk": {"N": version.to_string()}, "count": {"N": "1"},
            "events": {"S": events.to_string()}, "at": {"S": "2026-11-22T12:00:00.000001Z"}, "by": {"S": "user-1"},
            "traceparent": {"S": traceparent}, "correlation_id": {"S": "c-1"},
        });
        self.put("events", &item);
    }

    /// Publishes an event on the bus of the template, and returns its id.
    pub(crate) fn publish(&self, detail_type: &str, subject: &str) -> String {
        let detail = json!({"subject": subject}).to_string();
        let entry =
            json!({"EventBusName": "shop", "Source": "orders", "DetailType": detail_type, "Detail": detail});
        let body = json!({"Entries": [entry]}).to_string();
        let put = self.events.call("PutEvents", body.as_bytes(), Caller::Function).unwrap();
        put["Entries"][0]["EventId"].as_str().unwrap().to_owned()
    }

    /// Sends a span in OTLP's JSON.
    pub(crate) async fn span(&self, span: Value) {
        let body = json!({"resourceSpans": [{"scopeSpans": [{"spans": [span]}]}]});
        let url = format!("{}/v1/traces", self.spans);
        assert_eq!(self.client.post(url).json(&body).send().await.unwrap().status(), 200);
    }

    /// Polls for JSON until `condition` returns a value.
    pub(crate) async fn eventually<T>(&self, path: &str, condition: impl Fn(&Value) -> Option<T>) -> T {
        let deadline = Instant::now() + TIMEOUT;
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
