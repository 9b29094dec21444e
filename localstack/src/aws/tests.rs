//! Tests of the endpoint with requests that use no socket except the engine's own.

mod logs;
mod refusals;
mod tables;

use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Request, StatusCode};
use serde_json::{Value, json};
use stack_base::chaos::Chaos;
use stack_base::stop::Stop;
use stack_base::store::{Location, SqliteStore};
use stack_dynamodb::proxy::DynamoDbProxy;
use stack_dynamodb::{Changes, DESTINATIONS_SCHEMA, Destinations, DynamoDb};
use stack_events::EventBuses;
use stack_kinesis::{Kinesis, SCHEMAS};
use stack_lambda::{Lambda, LambdaOptions, invoke_api};
use stack_sqs::Sqs;
use stack_template::{
    AttributeType, ChangeStream, Effect, Function, KeySchema, Statement, Stream, Table, Template,
    TimePrecision,
};
use tower::ServiceExt;
use uuid::Uuid;

use super::{CallingFunctions, Endpoint, Logs, ObservedCalls, WriteFaults, router};
use crate::backlog::BacklogReader;

struct Fixture {
    router: Router,
    observed: ObservedCalls,
    changes: Changes,
    _engine: DynamoDb,
    _stop: Stop,
}

fn orders() -> Table {
    Table {
        name: "orders".to_owned(),
        key: KeySchema { hash: "pk".to_owned(), range: None },
        attributes: [("pk".to_owned(), AttributeType::Text)].into(),
        ..Table::default()
    }
}

/// A table whose changes go to the stream.
fn published() -> Table {
    let stream = "events".to_owned();
    let change_stream = ChangeStream { stream, precision: TimePrecision::Microsecond };
    Table { name: "published".to_owned(), change_stream: Some(change_stream), ..orders() }
}

/// A function that may only put items into the table.
fn writer() -> Function {
    let statement = Statement {
        effect: Effect::Allow,
        actions: vec!["dynamodb:PutItem".to_owned(), "dynamodb:PartiQLInsert".to_owned()],
        resources: vec!["arn:aws:dynamodb:us-east-1:000000000000:table/orders".to_owned()],
    };
    let (name, role) = ("writer".to_owned(), "WriterRole".to_owned());
    Function { name, role, statements: vec![statement], ..Function::default() }
}

async fn fixture() -> Fixture {
    let (stop, changes, observed) = (Stop::default(), Changes::default(), ObservedCalls::default());
    let location = Location::Memory(Uuid::new_v4());
    let tables = [orders(), published()];
    let engine = DynamoDb::start(&location, &tables, &changes, stop.listen()).await.unwrap();
    let schemas = SCHEMAS.into_iter().chain([DESTINATIONS_SCHEMA]);
    let store = SqliteStore::open(&location, schemas).unwrap();
    let (logical_id, name) = ("Events".to_owned(), "events".to_owned());
    let events = Stream { logical_id, name, retention: Duration::from_hours(24), shards: None };
    let destinations = Destinations::read(store.clone(), &engine, &tables, &[events]).unwrap();
    let kinesis = Kinesis::open(store.clone(), &[], 1).unwrap();
    let template = Template { tables: vec![orders()], ..Template::default() };
    let sqs = Sqs::open(store.clone(), &[], "http://127.0.0.1:4566").unwrap();
    let lambda = Lambda::start(Vec::new(), LambdaOptions::default()).await.unwrap();
    let endpoint = Endpoint {
        functions: Vec::new(),
        callers: CallingFunctions::new(&[writer()]),
        observed: observed.clone(),
        dynamodb: DynamoDbProxy::new(engine.address(), changes.clone()).unwrap(),
        destinations,
        backlogs: BacklogReader::new(&template, &engine, &location, &store, &kinesis).unwrap(),
        kinesis,
        events: EventBuses::new(&template, sqs.clone(), lambda.clone(), &Chaos::default(), stop.listen()),
        logs: Logs::new(&template.functions, lambda.log_events().clone()),
        sqs,
        chaos: WriteFaults::new(Chaos::default(), lambda.clone(), &[]).unwrap(),
    };
    let router = router(endpoint, invoke_api::router(lambda));
    Fixture { router, observed, changes, _engine: engine, _stop: stop }
}

async fn call(fixture: &Fixture, key: &str, target: &str, body: Value) -> (StatusCode, Value) {
    let credential = format!(
        "AWS4-HMAC-SHA256 Credential={key}/20260101/us-east-1/dynamodb/aws4_request, SignedHeaders=host, Signature=0"
    );
    let request = Request::post("/")
        .header("x-amz-target", target)
        .header("x-amz-date", "20260101T000000Z")
        .header("authorization", credential)
        .header("content-type", "application/x-amz-json-1.0")
        .body(Body::from(body.to_string()))
        .unwrap();
    let response = fixture.router.clone().oneshot(request).await.unwrap();
    let status = response.status();
    let bytes = to_bytes(response.into_body(), usize::MAX).await.unwrap();
    (status, serde_json::from_slice(&bytes).unwrap())
}

fn put() -> Value {
    json!({"TableName": "orders", "Item": {"pk": {"S": "a"}}})
}

#[tokio::test]
async fn a_developer_may_do_everything_and_writes_are_announced() {
    let fixture = fixture().await;
    let announced = fixture.changes.listen();
    let (status, _) = call(&fixture, "AKIDDEVELOPER", "DynamoDB_20120810.PutItem", put()).await;
    assert_eq!(status, StatusCode::OK);
    assert!(announced.has_changed().unwrap());
    let scan = json!({"TableName": "orders"});
    let (_, scanned) = call(&fixture, "AKIDDEVELOPER", "DynamoDB_20120810.Scan", scan).await;
    assert_eq!(scanned["Count"], 1);
    assert!(fixture.observed.all().is_empty());
}

#[tokio::test]
async fn a_functions_calls_are_authorized_and_observed() {
    let fixture = fixture().await;
    let (status, _) = call(&fixture, "LOCALWRITER", "DynamoDB_20120810.PutItem", put()).await;
    assert_eq!(status, StatusCode::OK);
    let scan = json!({"TableName": "orders"});
    let (status, refused) = call(&fixture, "LOCALWRITER", "DynamoDB_20120810.Scan", scan).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    assert_eq!(refused["__type"], "com.amazon.coral.service#AccessDeniedException");
    let table = "arn:aws:dynamodb:us-east-1:000000000000:table/orders";
    let expected = format!(
        "User: arn:aws:sts::000000000000:assumed-role/WriterRole/writer is not authorized to perform: \
         dynamodb:Scan on resource: {table} because no identity-based policy allows the dynamodb:Scan action"
    );
    assert_eq!(refused["message"], expected);
    let observed: Vec<(String, bool)> =
        fixture.observed.all()["writer"].iter().map(|call| (call.action.clone(), call.allowed)).collect();
    assert_eq!(observed, [("dynamodb:PutItem".to_owned(), true), ("dynamodb:Scan".to_owned(), false)]);
}

#[tokio::test]
async fn observed_calls_are_served() {
    let fixture = fixture().await;
    call(&fixture, "LOCALWRITER", "DynamoDB_20120810.PutItem", put()).await;
    let request = Request::get("/_local/observed-calls").body(Body::empty()).unwrap();
    let response = fixture.router.clone().oneshot(request).await.unwrap();
    let bytes = to_bytes(response.into_body(), usize::MAX).await.unwrap();
    let calls: Value = serde_json::from_slice(&bytes).unwrap();
    assert_eq!(calls["writer"][0]["action"], "dynamodb:PutItem");
}

#[tokio::test]
async fn a_described_table_has_the_arn_that_policies_use() {
    let fixture = fixture().await;
    let table = json!({"TableName": "orders"});
    let (_, described) = call(&fixture, "AKID", "DynamoDB_20120810.DescribeTable", table).await;
    let arn = "arn:aws:dynamodb:us-east-1:000000000000:table/orders";
    assert_eq!(described["Table"]["TableArn"], arn);
}

#[tokio::test]
async fn an_unknown_target_is_refused() {
    let fixture = fixture().await;
    let (status, fault) = call(&fixture, "AKID", "AmazonSSM.GetParameter", json!({})).await;
    assert_eq!((status, &fault["__type"]), (StatusCode::BAD_REQUEST, &json!("UnknownOperationException")));
}

#[tokio::test]
async fn a_table_outside_the_template_gets_a_destination() {
    let fixture = fixture().await;
    let (key, enable) = ("developer", "DynamoDB_20120810.EnableKinesisStreamingDestination");
    let request = |table: &str, stream: &str| {
        let configuration = json!({"ApproximateCreationDateTimePrecision": "MICROSECOND"});
        let arn = format!("arn:aws:kinesis:us-east-1:000000000000:stream/{stream}");
        json!({"TableName": table, "StreamArn": arn, "EnableKinesisStreamingConfiguration": configuration})
    };
    for (table, stream, code) in [
        ("restored", "events", "ResourceNotFoundException"),
        ("orders", "events", "ResourceInUseException"),
        ("restored", "others", "ResourceNotFoundException"),
    ] {
        let (status, fault) = call(&fixture, key, enable, request(table, stream)).await;
        assert_eq!((status, &fault["__type"]), (StatusCode::BAD_REQUEST, &json!(code)), "{table}: {fault}");
    }
    let create = json!({
        "TableName": "restored", "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
        "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
    });
    let (status, _) = call(&fixture, key, "DynamoDB_20120810.CreateTable", create).await;
    assert_eq!(status, StatusCode::OK);
    let stream =
        |specification: Value| json!({"TableName": "restored", "StreamSpecification": specification});
    let (update, keys) = ("DynamoDB_20120810.UpdateTable", "KEYS_ONLY");
    call(&fixture, key, update, stream(json!({"StreamEnabled": true, "StreamViewType": keys}))).await;
    let (_, fault) = call(&fixture, key, enable, request("restored", "events")).await;
    let message = fault["message"].as_str().unwrap();
    assert!(
        message.contains("has the view KEYS_ONLY, and a destination needs NEW_AND_OLD_IMAGES"),
        "{message}"
    );
    call(&fixture, key, update, stream(json!({"StreamEnabled": false}))).await;
    for _ in 0..2 {
        let (status, enabled) = call(&fixture, key, enable, request("restored", "events")).await;
        assert_eq!(
            (status, &enabled["DestinationStatus"]),
            (StatusCode::OK, &json!("ENABLING")),
            "{enabled}"
        );
    }
    let describe = "DynamoDB_20120810.DescribeKinesisStreamingDestination";
    let (_, described) = call(&fixture, key, describe, json!({"TableName": "restored"})).await;
    let destination = &described["KinesisDataStreamDestinations"][0];
    assert_eq!(destination["ApproximateCreationDateTimePrecision"], "MICROSECOND", "{described}");
    let disable = "DynamoDB_20120810.DisableKinesisStreamingDestination";
    let (status, fault) = call(&fixture, key, disable, request("restored", "events")).await;
    assert_eq!((status, &fault["__type"]), (StatusCode::BAD_REQUEST, &json!("UnknownOperationException")));
    let message = fault["message"].as_str().unwrap();
    let start = "DynamoDB DisableKinesisStreamingDestination is not served by the local stack. Of DynamoDB, it serves";
    assert!(message.starts_with(start) && message.contains("PutItem"), "{message}");
}
