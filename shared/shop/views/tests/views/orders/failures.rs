//! Tests failing tables, and changes that are refused before a request.

use aws_sdk_dynamodb::types::AttributeValue;
use es_core::{Applied, StreamVersion, Unwritable, ViewWriter, WriteError};
use testing::dynamodb::Fault;
use uuid::Uuid;
use view_store::{Change, ListError, ReadError};
use views::{OrderLine, OrderView, list_orders};

use crate::support::{Table, at, limit, opened, statuses, stream, user};

const ORDER: Uuid = Uuid::from_u128(7);

async fn write(table: &Table, change: &Change<OrderView>) -> Result<Applied, WriteError> {
    table.views.apply(&stream(ORDER.as_u128()), change, StreamVersion::NONE, StreamVersion::new(1)).await
}

#[tokio::test]
async fn one_failed_shard_fails_the_list() {
    let table = Table::new().await;
    table.db.faults().script([Fault::None, Fault::Throttled]);
    let list = list_orders(&table.views, &statuses(&["pending"]), limit(1), None).await;
    assert!(matches!(list, Err(ListError::Read(ReadError::Throttled(_)))));
}

#[tokio::test]
async fn a_change_that_dynamodb_cannot_store_sends_no_request() {
    let table = Table::new().await;
    let long_user = opened(ORDER.as_u128(), &"u".repeat(2_044), at(1));
    let Err(WriteError::Unwritable(refused)) = write(&table, &long_user).await else { panic!("not refused") };
    assert_eq!(refused, Unwritable::TooLarge { attribute: "user_key", bytes: 2_049, limit: 2_048 });

    let line = OrderLine { product_id: "p".repeat(1_000), name: None, quantity: 1, unit_price_cents: 1 };
    let long = opened(ORDER.as_u128(), "user-1", at(1)).set(OrderView::ITEMS, &vec![line; 300]);
    let Err(WriteError::Unwritable(refused)) = write(&table, &long).await else { panic!("not refused") };
    assert!(matches!(refused, Unwritable::TooLarge { attribute: "the change", .. }), "{refused}");
    assert!(table.requests().is_empty());

    let longest_user = opened(ORDER.as_u128(), &"u".repeat(2_043), at(1));
    assert_eq!(write(&table, &longest_user).await.unwrap(), Applied::Written);
}

#[tokio::test]
async fn a_corrupt_view_is_named_with_its_attribute() {
    let table = Table::new().await;
    table.open(ORDER.as_u128(), &opened(ORDER.as_u128(), "user-1", at(1))).await;
    let break_it = table.db.client().update_item().table_name(&table.name);
    break_it
        .key("pk", AttributeValue::S(format!("order#{ORDER}")))
        .key("sk", AttributeValue::S("view".to_owned()))
        .update_expression("SET #items = :nonsense")
        .expression_attribute_names("#items", "items")
        .expression_attribute_values(":nonsense", AttributeValue::S("[{}]".to_owned()))
        .send()
        .await
        .unwrap();
    let is_corrupt = |error: &ReadError| matches!(error, ReadError::Corrupt { item, attribute: "items" } if item.ends_with(&ORDER.to_string()));
    assert!(is_corrupt(&table.views.get(&stream(ORDER.as_u128())).await.unwrap_err()));
    let list = list_orders(&table.views, &user("user-1", None), limit(1), None).await;
    assert!(matches!(list, Err(ListError::Read(error)) if is_corrupt(&error)));
}
