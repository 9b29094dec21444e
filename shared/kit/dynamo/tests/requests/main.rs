//! Requests of ports: batches and pages, the meaning of failures, and the capacity on the span.
#![cfg(test)]

mod items;
mod pauses;
mod updates;

use aws_sdk_dynamodb::types::{KeysAndAttributes, PutRequest, WriteRequest};
use dynamo::{
    AttributeMap, ConditionalWrite, DynamoError, PK, SK, Table, Transaction, UpdateExpression, text,
};
use es_core::{StreamVersion, Unwritable, WriteError};
use serde_json::{Value, json};
use testing::consumed_capacities;
use testing::dynamodb::{Fault, LocalDynamoDb};

const THROTTLING: [&str; 4] = [
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "ThrottlingException",
    "TooManyRequestsException",
];

async fn started() -> (LocalDynamoDb, Table) {
    let db = LocalDynamoDb::start().await;
    let table = Table::new(db.client(), db.query_table().await);
    (db, table)
}

fn key(sk: usize) -> AttributeMap {
    [(PK.to_owned(), text("account")), (SK.to_owned(), text(format!("{sk:05}")))].into()
}

fn put(sk: usize) -> WriteRequest {
    let put = PutRequest::builder().set_item(Some(key(sk))).build().unwrap();
    WriteRequest::builder().put_request(put).build()
}

async fn write(table: &Table, count: usize) {
    for first in (0..count).step_by(dynamo::MAX_WRITE_BATCH) {
        let batch = (first..count.min(first + dynamo::MAX_WRITE_BATCH)).map(put).collect();
        table.call().write_items(batch).await.unwrap();
    }
}

fn answered(status: u16, body: Value) -> Fault {
    Fault::Answered { status, body }
}

fn refusal(code: &str) -> Fault {
    answered(400, json!({ "__type": format!("com.amazonaws.dynamodb.v20120810#{code}"), "message": "no" }))
}

/// A response that leaves the put of `key(1)` unprocessed.
fn left_unwritten() -> Fault {
    let unwritten = json!({ "PutRequest": { "Item": { PK: { "S": "account" }, SK: { "S": "00001" } } } });
    answered(200, json!({ "UnprocessedItems": { "any": [unwritten] } }))
}

#[tracing::instrument(fields(aws.dynamodb.consumed_capacity = tracing::field::Empty), skip_all)]
async fn read_all(table: &Table, keys: &[AttributeMap]) -> Result<Vec<AttributeMap>, DynamoError> {
    table.call().get_items(keys, &KeysAndAttributes::builder()).await
}

#[tracing::instrument(fields(aws.dynamodb.consumed_capacity = tracing::field::Empty), skip_all)]
async fn page_through(table: &Table, max_pages: u32) -> Result<usize, DynamoError> {
    let query = table
        .query()
        .key_condition_expression("pk = :pk")
        .expression_attribute_values(":pk", text("account"));
    let mut found = 0;
    let take = |_| {
        found += 1;
        Ok::<_, DynamoError>(())
    };
    table.call().each_item(query.limit(10), max_pages, take).await?;
    Ok(found)
}

/// Reads pages of ten items until `refused` items were accepted, and refuses the next one.
#[tracing::instrument(fields(aws.dynamodb.consumed_capacity = tracing::field::Empty), skip_all)]
async fn refuse_item(table: &Table, refused: usize) -> Result<(), DynamoError> {
    let query = table.query().key_condition_expression("pk = :pk");
    let query = query.expression_attribute_values(":pk", text("account")).limit(10);
    let mut found = 0;
    let take = |_| {
        found += 1;
        if found > refused { Err(DynamoError::Unavailable("refused".into())) } else { Ok(()) }
    };
    table.call().each_item(query, 10, take).await
}

#[tokio::test]
async fn reading_many_keys_takes_a_batch_for_each_hundred_and_the_span_has_their_sum() {
    let (db, table) = started().await;
    write(&table, 250).await;
    db.recorder().clear();
    let keys: Vec<_> = (0..260).map(key).collect();
    let (items, capacities) = consumed_capacities(read_all(&table, &keys)).await;
    assert_eq!(items.unwrap().len(), 250, "a key without an item must return nothing");
    assert_eq!(db.recorder().requests(), ["BatchGetItem"; 3]);
    assert!(db.recorder().read_units() > 100.0);
    assert_eq!(capacities, [("read_all", db.recorder().read_units())]);
}

#[tokio::test]
async fn unprocessed_keys_are_read_again_as_long_as_some_are_processed() {
    let (db, table) = started().await;
    write(&table, 20).await;
    let keys: Vec<_> = (0..20).map(key).collect();
    let left = |count| {
        let keys: Vec<_> =
            (0..count).map(|sk| json!({ PK: { "S": "account" }, SK: { "S": format!("{sk:05}") } })).collect();
        answered(200, json!({ "Responses": {}, "UnprocessedKeys": { "any": { "Keys": keys } } }))
    };
    db.faults().script((1..20).rev().map(left));
    assert_eq!(
        read_all(&table, &keys).await.unwrap().len(),
        1,
        "each of the nineteen attempts processed one key"
    );
    db.faults().script((0..6).map(|_| left(20)));
    assert!(matches!(read_all(&table, &keys).await, Err(DynamoError::Throttled(_))));
    assert!(db.faults().are_over(), "the read must give up after six attempts that processed nothing");
}

/// The capacity of every attempt counts, also if the call fails in the end.
#[tokio::test]
async fn the_span_has_the_sum_of_all_attempts() {
    let (db, table) = started().await;
    write(&table, 3).await;
    let keys: Vec<_> = (0..3).map(key).collect();
    let left = |units: f64| {
        let keys = json!([{ PK: { "S": "account" }, SK: { "S": "00001" } }]);
        let capacity = json!([{ "TableName": "any", "CapacityUnits": units }]);
        let left = json!({ "any": { "Keys": keys } });
        answered(200, json!({ "Responses": {}, "UnprocessedKeys": left, "ConsumedCapacity": capacity }))
    };
    db.recorder().clear();
    db.faults().script([left(2.5), refusal("ThrottlingException"), left(4.0)]);
    let (first, capacities) = consumed_capacities(read_all(&table, &keys)).await;
    assert!(matches!(first, Err(DynamoError::Throttled(_))), "{first:?}");
    assert_eq!(capacities, [("read_all", 2.5)], "the call ends at the refusal");
    db.recorder().clear();
    let (second, capacities) = consumed_capacities(read_all(&table, &keys)).await;
    assert_eq!(second.unwrap().len(), 1, "the last attempt reads the key that was left");
    assert_eq!(db.recorder().requests(), ["BatchGetItem"; 2]);
    assert!(db.recorder().read_units() > 4.0, "the last attempt consumes capacity too");
    assert_eq!(capacities, [("read_all", db.recorder().read_units())]);
}

#[tokio::test]
async fn unprocessed_writes_are_written_again() {
    let (db, table) = started().await;
    db.faults().script([left_unwritten()]);
    table.call().write_items(vec![put(0), put(1)]).await.unwrap();
    assert_eq!(page_through(&table, 1).await.unwrap(), 1);
    db.faults().script((0..6).map(|_| left_unwritten()));
    assert!(matches!(table.call().write_items(vec![put(1)]).await, Err(DynamoError::Throttled(_))));
    assert!(db.faults().are_over(), "the write must give up after six attempts that processed nothing");
}

#[tokio::test]
async fn the_pages_of_a_query_are_read_up_to_a_limit_and_the_span_has_their_sum() {
    let (db, table) = started().await;
    write(&table, 35).await;
    db.recorder().clear();
    let (found, capacities) = consumed_capacities(page_through(&table, 4)).await;
    assert_eq!(found.unwrap(), 35);
    assert_eq!(db.recorder().requests(), ["Query"; 4]);
    assert_eq!(capacities, [("page_through", db.recorder().read_units())]);
    assert!(matches!(page_through(&table, 3).await, Err(DynamoError::Unavailable(_))));
}

#[tokio::test]
async fn the_span_has_the_capacity_of_the_pages_before_one_that_cannot_be_used() {
    let (db, table) = started().await;
    write(&table, 35).await;
    db.recorder().clear();
    let (found, capacities) = consumed_capacities(refuse_item(&table, 25)).await;
    assert!(matches!(found, Err(DynamoError::Unavailable(_))));
    assert_eq!(db.recorder().requests(), ["Query"; 3]);
    assert_eq!(capacities, [("refuse_item", db.recorder().read_units())]);
}

#[tokio::test]
async fn throttling_is_distinguished_from_other_failures_and_the_source_is_kept() {
    let (db, table) = started().await;
    for code in THROTTLING {
        db.faults().script([refusal(code)]);
        let Err(DynamoError::Throttled(source)) = read_all(&table, &[key(1)]).await else { panic!("{code}") };
        assert!(format!("{source:?}").contains(code));
    }
    for fault in [refusal("ResourceNotFoundException"), Fault::NotSent] {
        db.faults().script([fault]);
        assert!(matches!(read_all(&table, &[key(1)]).await, Err(DynamoError::Unavailable(_))));
    }
}

#[tokio::test]
async fn a_transaction_is_written_as_a_whole_or_says_why_not() {
    let (db, table) = started().await;
    let transact = async || {
        let first = UpdateExpression::default().move_checkpoint(
            &table,
            "version",
            StreamVersion::NONE,
            StreamVersion::new(1),
        );
        let second = UpdateExpression::default().add("balance", -3);
        let actions = vec![first.action(&table, key(1)).unwrap(), second.action(&table, key(2)).unwrap()];
        table.call().transact(actions).await
    };
    let cancelled = |code| {
        let name = "com.amazonaws.dynamodb.v20120810#TransactionCanceledException";
        answered(
            400,
            json!({ "__type": name, "CancellationReasons": [{ "Code": "None" }, { "Code": code }] }),
        )
    };
    for code in ["TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"] {
        db.faults().script([cancelled(code)]);
        assert_eq!(transact().await.unwrap(), Transaction::Contended, "{code}");
    }
    db.faults().script([cancelled("ValidationError"), Fault::Throttled]);
    assert!(matches!(transact().await, Err(DynamoError::Invalid { .. })));
    assert!(matches!(transact().await, Err(DynamoError::Throttled(_))));
    assert_eq!(transact().await.unwrap(), Transaction::Written);
    assert_eq!(transact().await.unwrap(), Transaction::ConditionFailed { actions: vec![0] });
}

#[tokio::test]
async fn a_write_that_violates_a_rule_is_refused_for_good() {
    let (db, table) = started().await;
    let name = "com.amazon.coral.validate#ValidationException";
    let invalid = || answered(400, json!({ "__type": name, "message": "Item size has exceeded" }));
    db.faults().script([invalid(), invalid(), invalid(), invalid(), invalid()]);
    let update = UpdateExpression::default().add("balance", 1);
    let put = table.put_item().set_item(Some(key(1)));
    let action = update.clone().action(&table, key(1)).unwrap();
    for error in [
        table.call().update_if(update.request(&table, key(1))).await.unwrap_err(),
        table.call().put_if(put).await.unwrap_err(),
        table.call().transact(vec![action]).await.unwrap_err(),
        table.call().write_items(vec![self::put(1)]).await.unwrap_err(),
    ] {
        let DynamoError::Invalid { reason } = &error else { panic!("{error:?}") };
        assert_eq!(reason, "Item size has exceeded");
        assert!(matches!(WriteError::from(error), WriteError::Unwritable(Unwritable::Invalid { .. })));
    }
    // A read has no effect that could be refused, so its failure is one of the store.
    assert!(matches!(read_all(&table, &[key(1)]).await, Err(DynamoError::Unavailable(_))));
}

#[tokio::test]
async fn an_attribute_may_have_any_name() {
    let (_db, table) = started().await;
    let names = ["after", "checkpoint", "empty_list", "required_version", "value_version"];
    let (one, two) = (StreamVersion::new(1), StreamVersion::new(2));
    for (after, to) in [(StreamVersion::NONE, one), (one, two)] {
        let update = names.iter().zip(70..).fold(UpdateExpression::default(), |update, (name, number)| {
            update.set(name, dynamo::number(number))
        });
        let update = update.append("list", vec![text("x")]).move_checkpoint(&table, "version", after, to);
        let written = table.call().update_if(update.request(&table, key(1))).await.unwrap();
        assert!(matches!(written, ConditionalWrite::Written), "{written:?}");
    }
    let item = read_all(&table, &[key(1)]).await.unwrap().remove(0);
    for (name, number) in names.iter().zip(70..) {
        assert_eq!(item[*name], dynamo::number(number), "{name}");
    }
    assert_eq!(item["list"].as_l().unwrap().len(), 2);
}
