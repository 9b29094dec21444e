//! Tests the handler with API Gateway payloads: the contract of every command, and the rules of the domain.

use commands::discontinue_product::handle;
use serde_json::json;
use testing::InMemoryEventStore;
use testing::gateway::{Answered, sample};

use crate::{CommandContract, Shop, request};

const DISCONTINUE_PRODUCT: CommandContract<Shop> = CommandContract {
    functions: Shop,
    name: "discontinue-product",
    after: &["register-product"],
    sample: "discontinue",
    id: "product_id",
    answer: (200, 2, "discontinued"),
    costs: &["Query", "PutItem"],
    refusal: "forbidden",
};

testing::command_contract!(DISCONTINUE_PRODUCT);

#[tokio::test]
async fn discontinuing_a_product_again_changes_nothing() {
    let store = InMemoryEventStore::default();
    DISCONTINUE_PRODUCT.prepare(&store).await;
    let first = Answered::from(handle(&store, &request(sample("discontinue-product", "discontinue"))).await);
    let appends = store.appends();
    let mut again = sample("discontinue-product", "discontinue");
    again.payload.headers.remove("idempotency-key");
    let again = Answered::from(handle(&store, &request(again)).await);
    assert_eq!((again.status, &again.body), (200, &first.body));
    assert_eq!(store.appends(), appends);
}

#[tokio::test]
async fn a_discontinued_product_cannot_be_registered_again() {
    let store = InMemoryEventStore::default();
    DISCONTINUE_PRODUCT.prepare(&store).await;
    handle(&store, &request(sample("discontinue-product", "discontinue"))).await;
    let mut register = sample("register-product", "hand-grinder");
    register.payload.headers.remove("idempotency-key");
    let answered = Answered::from(commands::register_product::handle(&store, &request(register)).await);
    let code = "urn:cqrs-ecommerce:problem:product-discontinued";
    assert_eq!((answered.status, &answered.body["type"]), (409, &json!(code)));
}
