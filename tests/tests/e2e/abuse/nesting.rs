//! Tests deeply nested JSON and invalid Unicode.

use e2e::{post, put};
use serde_json::json;

use crate::abuse::support::{MALFORMED, assert_blames, create_order, customer, operator, send, stranger};

const LEVELS: usize = 100_000;

#[tokio::test]
async fn deeply_nested_json_is_malformed() {
    let customer = customer(&stranger());
    let id = create_order(&customer).await;
    let (arrays, objects) = ("[".repeat(LEVELS), r#"{"a":"#.repeat(LEVELS / 5));
    for deep in [arrays.as_str(), objects.as_str()] {
        let bodies = [
            (&customer, post("/commands/orders"), deep.to_owned()),
            (&customer, post("/commands/orders"), format!(r#"{{"items":{deep}"#)),
            (&customer, post("/commands/orders:batch"), format!(r#"{{"commands":[{deep}"#)),
            (&customer, post(format!("/commands/orders/{id}/cancel")), format!(r#"{{"reason":{deep}"#)),
            (&operator(), put("/commands/products/deep"), format!(r#"{{"name":{deep}"#)),
        ];
        for (caller, call, body) in bodies {
            let reply = send(caller, call.raw(body)).await;
            assert_eq!((reply.status, reply.problem()), MALFORMED, "{}", reply.body);
        }
    }
}

#[tokio::test]
async fn a_deeply_nested_command_does_not_affect_the_rest_of_its_batch() {
    let customer = customer(&stranger());
    let id = create_order(&customer).await;
    let mut deep = json!(1);
    for _ in 0..100 {
        deep = json!([deep]);
    }
    let commands = json!([{"operation": "cancel", "order_id": id, "reason": deep}, {"operation": "cancel", "order_id": id}]);
    let reply = send(&customer, post("/commands/orders:batch").json(&json!({ "commands": commands }))).await;
    assert_eq!(reply.status, 200, "{}", reply.body);
    let results = &reply.body["results"];
    assert_eq!((&results[0]["status"], &results[1]["status"]), (&json!(400), &json!(200)), "{results}");
    assert_eq!(results[0]["problem"]["errors"][0]["field"], "reason", "{results}");
}

#[tokio::test]
async fn text_with_invalid_unicode_is_malformed() {
    for body in
        [r#"{"user_id":"\ud800"}"#.as_bytes(), b"{\"user_id\":\"\xff\"}", b"\xc0\xaf", b"\xef\xbb\xbf{}"]
    {
        let call = post("/commands/orders").raw(body).header("content-type", "application/json");
        let reply = send(&customer(&stranger()), call).await;
        assert_blames(&reply, MALFORMED, ("body", "body-malformed"));
    }
}
