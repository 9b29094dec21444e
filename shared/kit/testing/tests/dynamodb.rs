//! The local `DynamoDB`: its tables, its recorder and its faults.

use aws_sdk_dynamodb::types::{AttributeValue, ReturnConsumedCapacity};
use testing::dynamodb::{Fault, LocalDynamoDb};

#[tokio::test]
async fn the_query_table_has_its_indexes() {
    let local = LocalDynamoDb::start().await;
    let table = local.query_table().await;
    let described = local.client().describe_table().table_name(table).send().await.unwrap().table.unwrap();
    let mut indexes: Vec<_> =
        described.global_secondary_indexes().iter().filter_map(|index| index.index_name()).collect();
    indexes.sort_unstable();
    assert_eq!(indexes, ["by_status", "by_user"]);
}

#[tokio::test]
async fn requests_and_units_are_counted_including_failed_requests() {
    let local = LocalDynamoDb::start().await;
    let (client, table) = (local.client(), local.event_table().await);
    assert_eq!(local.recorder().requests(), Vec::<String>::new(), "creating tables must not be counted");
    let put = client
        .put_item()
        .table_name(&table)
        .item("pk", AttributeValue::S("one".to_owned()))
        .item("sk", AttributeValue::N("1".to_owned()))
        .item("text", AttributeValue::S("x".repeat(1_500)))
        .return_consumed_capacity(ReturnConsumedCapacity::Total);
    local.faults().script([Fault::NotSent]);
    assert!(put.clone().send().await.is_err());
    put.send().await.unwrap();
    let get = client.get_item().table_name(&table).key("pk", AttributeValue::S("one".to_owned()));
    let get = get.key("sk", AttributeValue::N("1".to_owned())).consistent_read(true);
    get.return_consumed_capacity(ReturnConsumedCapacity::Total).send().await.unwrap();
    let recorder = local.recorder();
    assert_eq!(recorder.requests(), ["PutItem", "PutItem", "GetItem"]);
    assert_eq!(recorder.count("PutItem"), 2);
    let units = format!("{} read, {} written", recorder.read_units(), recorder.write_units());
    assert_eq!(units, "1 read, 2 written");
    recorder.clear();
    assert_eq!(recorder.count("GetItem"), 0);
}
