//! What a table does that leaves some of a batch undone.

use es_core::WriteError;
use serde_json::json;
use testing::dynamodb::Fault;
use view_store::{ListError, PageLimit, ReadError};
use views::IndexedWords;

use super::shelf::{Shelf, order, search};

fn answered(body: serde_json::Value) -> Fault {
    Fault::Answered { status: 200, body }
}

#[tokio::test]
async fn unwritten_postings_are_written_again() {
    let shelf = Shelf::new().await;
    let late = order(1, "u", "kettle");
    let key = json!({"pk": {"S": "word#ket"}, "sk": {"S": "1970-01-01T00:00:00.000001Z#00000000-0000-0000-0000-000000000001"}});
    let unprocessed = json!({"UnprocessedItems": {"any": [{"PutRequest": {"Item": key}}]}});
    shelf.view(&late).await;
    shelf.db.faults().script([answered(unprocessed.clone())]);
    shelf.index(&late).await;
    assert_eq!(shelf.find("kettle").await, [1]);

    shelf.db.faults().script(vec![answered(unprocessed); 6]);
    let words = IndexedWords::of_opening("u", &[]);
    let given_up = shelf.postings.put(late.posted(), &words).await;
    assert!(matches!(given_up, Err(WriteError::Throttled(_))));
    assert!(shelf.db.faults().are_over(), "it tries six times");
}

#[tokio::test]
async fn unread_views_are_read_again() {
    let shelf = Shelf::with(&[order(1, "u", "kettle")]).await;
    let key = json!({"pk": {"S": "order#00000000-0000-0000-0000-000000000001"}, "sk": {"S": "view"}});
    let unread = json!({"Responses": {}, "UnprocessedKeys": {"any": {"Keys": [key]}}});
    shelf.db.faults().script([Fault::None, answered(unread.clone())]);
    assert_eq!(shelf.find("kettle").await, [1]);

    let given_up = std::iter::once(Fault::None).chain(vec![answered(unread); 6]);
    shelf.db.faults().script(given_up);
    let found = shelf.views.search(&search("kettle"), PageLimit::default(), None).await;
    assert!(matches!(found, Err(ListError::Read(ReadError::Throttled(_)))));
    assert!(shelf.db.faults().are_over(), "it tries six times");
}
