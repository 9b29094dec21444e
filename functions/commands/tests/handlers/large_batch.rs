//! Tests that the answer to the largest batch is not larger than a response of Lambda may be.

use commands::create_order::PriceSource;
use commands::submit_batch::{MAX_COMMANDS, handle};
use http_api::MAX_BODY_BYTES;
use serde_json::{Value, json};
use testing::InMemoryEventStore;
use testing::gateway::{Answered, sample};

use crate::request;

/// The maximum size of the response of a function that is invoked synchronously (AWS Lambda Developer Guide, "Lambda
/// quotas").
const MAX_RESPONSE: usize = 6_291_556;

/// The size of the response to a batch of these commands.
async fn response_size(commands: &[Value]) -> usize {
    let mut event = sample("submit-batch", "mixed");
    let body = json!({ "commands": commands }).to_string();
    assert!(body.len() <= MAX_BODY_BYTES, "{} bytes", body.len());
    event.payload.body = Some(body);
    let response = handle(&InMemoryEventStore::default(), &PriceSource::Command, &request(event)).await;
    let size = serde_json::to_vec(&response).unwrap().len();
    assert_eq!(Answered::from(response).body["results"].as_array().unwrap().len(), MAX_COMMANDS);
    size
}

/// A refusal names the unknown field, and only the names of fields come back to the caller. The characters of these
/// names take the most bytes in an answer: each is escaped in the body and again in the response.
#[tokio::test]
async fn the_longest_refusals_fit_into_a_response() {
    for character in ["\"", "\\", "\u{1}", "\u{1f375}"] {
        let in_json = json!(character).to_string().len() - 2;
        let name = character.repeat((MAX_BODY_BYTES / MAX_COMMANDS - 60) / in_json);
        let mut command = json!({"operation": "create", "items": []});
        command[name] = json!(1);
        let size = response_size(&vec![command; MAX_COMMANDS]).await;
        assert!((MAX_BODY_BYTES / 2..MAX_RESPONSE / 2).contains(&size), "{character:?}: {size} bytes");
    }
}

#[tokio::test]
async fn the_receipts_of_a_full_batch_are_small() {
    let items = json!([{"product_id": "kettle", "quantity": 1, "unit_price_cents": 5990}]);
    let create = json!({"operation": "create", "user_id": "u", "items": items});
    let size = response_size(&vec![create; MAX_COMMANDS]).await;
    assert!(size < 500 * MAX_COMMANDS, "{size} bytes");
}
