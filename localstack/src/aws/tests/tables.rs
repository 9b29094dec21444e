//! Tests of tables through the endpoint: names, streams, destinations and backups.

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::{Fixture, call, fixture, put};

const ARN: &str = "arn:aws:dynamodb:us-east-1:000000000000:table/orders";

async fn ok(fixture: &Fixture, target: &str, body: Value) -> Value {
    let (status, answer) = call(fixture, "AKID", target, body).await;
    assert_eq!(status, StatusCode::OK, "{answer}");
    answer
}

#[tokio::test]
async fn a_table_is_found_by_its_arn() {
    let fixture = fixture().await;
    let item = json!({"pk": {"S": "a"}});
    let put = json!({"TableName": ARN, "Item": item, "ReturnConsumedCapacity": "TOTAL"});
    let answer = ok(&fixture, "DynamoDB_20120810.PutItem", put).await;
    assert_eq!(answer["ConsumedCapacity"]["TableName"], ARN);
    let get = json!({"RequestItems": {ARN: {"Keys": [item]}}});
    let answer = ok(&fixture, "DynamoDB_20120810.BatchGetItem", get).await;
    assert_eq!(answer["Responses"][ARN], json!([item]));
    let other = json!({"TableName": ARN.replace("0000", "1111"), "Key": item});
    let (status, refused) = call(&fixture, "AKID", "DynamoDB_20120810.GetItem", other).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    assert_eq!(refused["__type"], "com.amazon.coral.service#AccessDeniedException");
}

/// A client of `DynamoDB` Streams reads the changes of a table at the same address.
#[tokio::test]
async fn the_changes_of_a_table_are_read_through_the_streams_api() {
    let fixture = fixture().await;
    let specification = json!({"StreamEnabled": true, "StreamViewType": "NEW_AND_OLD_IMAGES"});
    let update = json!({"TableName": "orders", "StreamSpecification": specification});
    let updated = ok(&fixture, "DynamoDB_20120810.UpdateTable", update).await;
    let arn = updated["TableDescription"]["LatestStreamArn"].clone();
    ok(&fixture, "DynamoDB_20120810.PutItem", put()).await;
    let streams = ok(&fixture, "DynamoDBStreams_20120810.ListStreams", json!({"TableName": "orders"})).await;
    assert_eq!(streams["Streams"][0]["StreamArn"], arn);
    assert!(arn.as_str().unwrap().starts_with(&format!("{ARN}/stream/")), "{arn}");
    let described = ok(&fixture, "DynamoDBStreams_20120810.DescribeStream", json!({"StreamArn": arn})).await;
    let shard = &described["StreamDescription"]["Shards"][0]["ShardId"];
    let iterator = json!({"StreamArn": arn, "ShardId": shard, "ShardIteratorType": "TRIM_HORIZON"});
    let iterator = ok(&fixture, "DynamoDBStreams_20120810.GetShardIterator", iterator).await;
    let records = ok(
        &fixture,
        "DynamoDBStreams_20120810.GetRecords",
        json!({"ShardIterator": iterator["ShardIterator"]}),
    )
    .await;
    let record = &records["Records"][0];
    assert_eq!((&record["eventName"], &record["awsRegion"]), (&json!("INSERT"), &json!("us-east-1")));
    assert_eq!(record["dynamodb"]["NewImage"], json!({"pk": {"S": "a"}}));

    let (status, refused) =
        call(&fixture, "LOCALWRITER", "DynamoDBStreams_20120810.DescribeStream", json!({"StreamArn": arn}))
            .await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    let message = refused["message"].as_str().unwrap();
    assert!(
        message.contains(&format!("perform: dynamodb:DescribeStream on resource: {ARN}/stream/")),
        "{message}"
    );
}

/// API reference, `DescribeKinesisStreamingDestination` and `DescribeContinuousBackups`.
#[tokio::test]
async fn destinations_of_the_template_and_backups_are_described() {
    let fixture = fixture().await;
    let (destination, backups) = (
        "DynamoDB_20120810.DescribeKinesisStreamingDestination",
        "DynamoDB_20120810.DescribeContinuousBackups",
    );
    let named = json!({"TableName": "published"});
    let described = ok(&fixture, destination, named.clone()).await;
    let expected = json!([{
        "StreamArn": "arn:aws:kinesis:us-east-1:000000000000:stream/events",
        "DestinationStatus": "ACTIVE",
        "ApproximateCreationDateTimePrecision": "MICROSECOND",
    }]);
    assert_eq!(described["KinesisDataStreamDestinations"], expected);
    let none = ok(&fixture, destination, json!({"TableName": ARN})).await;
    assert_eq!(none, json!({"TableName": "orders", "KinesisDataStreamDestinations": []}));
    let described = ok(&fixture, backups, named).await;
    let expected = json!({
        "ContinuousBackupsStatus": "ENABLED",
        "PointInTimeRecoveryDescription": {"PointInTimeRecoveryStatus": "DISABLED"},
    });
    assert_eq!(described["ContinuousBackupsDescription"], expected);
    let foreign = json!({"TableName": ARN.replace("us-east-1", "eu-west-1")});
    let (_, refused) = call(&fixture, "AKID", backups, foreign).await;
    assert_eq!(refused["__type"], "com.amazon.coral.validate#ValidationException");
    for (target, code) in [(destination, "ResourceNotFoundException"), (backups, "TableNotFoundException")] {
        let (status, refused) = call(&fixture, "AKID", target, json!({"TableName": "absent"})).await;
        assert_eq!((status, &refused["__type"]), (StatusCode::BAD_REQUEST, &json!(code)));
    }
}

/// The function may only insert.
#[tokio::test]
async fn a_statement_needs_the_permission_of_what_it_does() {
    let fixture = fixture().await;
    let statement = |text: &str| json!({"Statement": text});
    let target = "DynamoDB_20120810.ExecuteStatement";
    let insert = statement("INSERT INTO \"orders\" VALUE {'pk': 'a'}");
    let (status, answer) = call(&fixture, "LOCALWRITER", target, insert).await;
    assert_eq!(status, StatusCode::OK, "{answer}");
    let (status, refused) =
        call(&fixture, "LOCALWRITER", target, statement("SELECT * FROM \"orders\"")).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    let message = refused["message"].as_str().unwrap();
    assert!(message.contains(&format!("perform: dynamodb:PartiQLSelect on resource: {ARN}")), "{message}");
}
