//! The event store in `DynamoDB` passes the contract of every event store.

use event_store::DynamoEventStore;
use testing::dynamodb::LocalDynamoDb;

async fn store() -> DynamoEventStore {
    let dynamodb = LocalDynamoDb::start().await;
    DynamoEventStore::new(dynamodb.client(), dynamodb.event_table().await)
}

testing::store_contract!(store());
