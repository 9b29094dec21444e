//! Deleting the items of a generation.

use aws_sdk_dynamodb::types::AttributeValue;
use testing::dynamodb::LocalDynamoDb;
use view_store::EmptiedTable;

/// More items than a page has.
const ITEMS: u64 = 130;

#[tokio::test]
async fn the_pages_delete_every_item() {
    let db = LocalDynamoDb::start().await;
    let table = db.query_table().await;
    for item in 0..ITEMS {
        let key = (&*format!("account#{item}"), AttributeValue::S("view".to_owned()));
        db.set(&table, key, "version", AttributeValue::N("1".to_owned())).await;
    }
    let emptied = EmptiedTable::new(db.client(), &table);
    let (mut deleted, mut after) = (0, None);
    loop {
        let page = emptied.page(after).await.unwrap();
        deleted += page.deleted;
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    assert_eq!(deleted, ITEMS);
    let empty = emptied.page(None).await.unwrap();
    assert_eq!((empty.deleted, empty.next), (0, None));
}
