//! Sends JSON of the wrong form to every command: repeated members, arrays in place of objects, and a wrong type in
//! every field. No answer may name a Rust type.

use commands::create_order::PriceSource;
use commands::{dispatch, table};
use http_api::GatewayEvent;
use serde_json::{Value, json};
use testing::InMemoryEventStore;
use testing::gateway::{Answered, sample, samples, signed_in};

use crate::request;

/// A body for every command with a body, with the name of a sample: the sample's own body, or the longest one if the
/// command has several samples. A body of a batch has one command, so that its answer has one result.
fn bodies() -> Vec<(&'static str, String, Value)> {
    let item = json!({"product_id": "kettle", "quantity": 1, "unit_price_cents": 5990, "currency": "EUR"});
    let create = json!({
        "operation": "create", "idempotency_key": "k", "user_id": "u", "items": [item], "total_amount_cents": 5990,
        "currency": "EUR",
    });
    table::<InMemoryEventStore>()
        .into_iter()
        .filter_map(|(function, _)| {
            let samples = samples(function).into_iter().filter(|(_, event)| {
                let payload = &event.payload;
                payload.request_context.http.method != "DELETE" && !payload.is_base64_encoded
            });
            let body = |event: &GatewayEvent| event.payload.body.clone().unwrap_or_else(|| "{}".to_owned());
            let (name, event) = samples.max_by_key(|(_, event)| body(event).len())?;
            let body: Value = serde_json::from_str(&body(&event)).unwrap();
            let body =
                if body["commands"].is_array() { json!({ "commands": [create.clone()] }) } else { body };
            Some((function, name, body))
        })
        .collect()
}

fn event(function: &str, name: &str, body: &str) -> GatewayEvent {
    let mut event = signed_in(sample(function, name), "operator-0001", "orders:admin");
    event.payload.body = Some(body.to_owned());
    event.payload.is_base64_encoded = false;
    event
}

async fn send(function: &str, name: &str, body: &str) -> Answered {
    let store = InMemoryEventStore::default();
    let request = request(event(function, name, body));
    let answered = dispatch(function, &store, &PriceSource::Command, &request).await.unwrap().into();
    assert!(!refused(&answered) || store.appends() == 0, "{body}");
    answered
}

/// The problem of the answer. The problem of a batch is that of its only command.
fn problem(answered: &Answered) -> &Value {
    let in_batch = &answered.body["results"][0]["problem"];
    if in_batch.is_null() { &answered.body } else { in_batch }
}

fn refused(answered: &Answered) -> bool {
    problem(answered)["status"].as_i64().is_some_and(|status| status >= 400)
}

#[track_caller]
fn assert_no_rust_type(answered: &Answered, body: &str) {
    let problem = problem(answered);
    let detail = problem["errors"][0]["detail"].as_str().unwrap_or_default();
    let words: Vec<_> = detail.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').collect();
    for name in [
        "i8",
        "i16",
        "i32",
        "i64",
        "u8",
        "u16",
        "u32",
        "u64",
        "usize",
        "f64",
        "str",
        "bool",
        "boolean",
        "bytes",
        "struct",
        "enum",
        "variant",
        "sequence",
        "map",
        "tuple",
        "unit",
        "char",
        "option",
        "OrderDraft",
        "ItemDraft",
        "ShipmentDraft",
        "CancellationDraft",
        "ProductDraft",
        "Commands",
        "NoFields",
        "StrictValue",
    ] {
        assert!(!words.contains(&name), "{body}: {detail}");
    }
}

/// All bodies that have one member, element or the whole of `body` replaced by `other`, each with the path of the
/// replaced part as a JSON pointer.
fn replaced(body: &Value, other: &Value) -> Vec<(String, Value)> {
    let mut all = vec![(String::new(), other.clone())];
    let parts: Vec<(String, &Value)> = match body {
        Value::Object(members) => members.iter().map(|(name, value)| (name.clone(), value)).collect(),
        Value::Array(values) => {
            values.iter().enumerate().map(|(at, value)| (at.to_string(), value)).collect()
        }
        _ => vec![],
    };
    for (name, part) in parts {
        for (path, changed) in replaced(part, other) {
            let mut whole = body.clone();
            *whole.pointer_mut(&format!("/{name}")).unwrap() = changed;
            all.push((format!("/{name}{path}"), whole));
        }
    }
    all
}

#[tokio::test]
async fn a_wrong_type_in_any_field_is_refused_without_the_name_of_a_rust_type() {
    let wrong = [
        json!(null),
        json!(true),
        json!(1.5),
        json!(1e30),
        json!(-1),
        json!("x"),
        json!([]),
        json!([[1]]),
        json!({}),
        json!({"x": null}),
    ];
    for (function, name, body) in bodies() {
        for other in &wrong {
            for (path, changed) in replaced(&body, other) {
                let text = changed.to_string();
                let answered = send(function, &name, &text).await;
                assert_no_rust_type(&answered, &text);
                let is_array_for_object =
                    other.is_array() && body.pointer(&path).is_some_and(Value::is_object);
                if is_array_for_object {
                    assert_eq!(problem(&answered)["status"], 400, "{function} {text}");
                    let details = answered.body.to_string();
                    assert!(details.contains("object"), "{function} {text}: {details}");
                }
            }
        }
    }
}

#[tokio::test]
async fn a_repeated_member_is_refused_at_any_depth_of_every_body() {
    for (function, name, body) in bodies() {
        let text = body.to_string();
        for (name_of_field, value) in members(&body) {
            let member = format!("{}:{value}", json!(name_of_field));
            let twice = text.replacen(&member, &format!("{member},{member}"), 1);
            assert_ne!(text, twice, "{member}");
            let answered = send(function, &name, &twice).await;
            let error = &answered.body["errors"][0];
            assert_eq!((answered.status, &error["code"]), (400, &json!("body-malformed")), "{twice}");
            let named = error["field"].as_str().unwrap();
            assert!(named.ends_with(&name_of_field), "{twice}: {named}");
        }
    }
}

/// Every member of `body` at any depth, with its name and its value.
fn members(body: &Value) -> Vec<(String, Value)> {
    match body {
        Value::Object(fields) => fields
            .iter()
            .flat_map(|(name, value)| [vec![(name.clone(), value.clone())], members(value)].concat())
            .collect(),
        Value::Array(values) => values.iter().flat_map(members).collect(),
        _ => vec![],
    }
}

#[tokio::test]
async fn a_batch_repeats_no_member_of_a_command() {
    let command = r#"{"operation":"create","items":[{"product_id":"kettle","quantity":1,"quantity":100,"unit_price_cents":1}]}"#;
    let answered = send("submit-batch", "mixed", &format!(r#"{{"commands":[{command}]}}"#)).await;
    let field = &answered.body["errors"][0]["field"];
    assert_eq!((answered.status, field), (400, &json!("commands[0].items[0].quantity")));
}

#[tokio::test]
async fn a_whole_number_may_have_any_spelling_in_every_body() {
    let order = |quantity: &str| {
        format!(
            r#"{{"items":[{{"product_id":"kettle","quantity":{quantity},"unit_price_cents":10e1}}],"total_amount_cents":2.0e2}}"#
        )
    };
    for quantity in ["2", "2.0", "20e-1", "0.02E+2"] {
        assert_eq!(send("create-order", "one-item", &order(quantity)).await.status, 201, "{quantity}");
        let create = order(quantity).replacen('{', r#"{"operation":"create","#, 1);
        let batch = send("submit-batch", "mixed", &format!(r#"{{"commands":[{create}]}}"#)).await;
        assert_eq!(batch.body["results"][0]["status"], 201, "{quantity}: {}", batch.body);
    }
    for quantity in ["2.5", "1e30", "2.00000000000000000001"] {
        assert_eq!(send("create-order", "one-item", &order(quantity)).await.status, 400, "{quantity}");
    }
    let large = send("create-order", "one-item", &order("1e5")).await;
    assert_eq!((large.status, &large.body["errors"][0]["code"]), (422, &json!("quantity-out-of-range")));
}

#[tokio::test]
async fn the_version_of_a_batch_may_have_any_spelling() {
    let store = InMemoryEventStore::default();
    let submit = async |commands: &str| {
        let request = request(event("submit-batch", "mixed", &format!(r#"{{"commands":[{commands}]}}"#)));
        let answered = dispatch("submit-batch", &store, &PriceSource::Command, &request).await.unwrap();
        Answered::from(answered).body["results"][0].clone()
    };
    let items = r#"[{"product_id":"kettle","quantity":1,"unit_price_cents":1}]"#;
    let created = submit(&format!(r#"{{"operation":"create","items":{items},"idempotency_key":"c"}}"#)).await;
    let order = &created["receipt"]["order_id"];
    for (version, status) in [("1.5", 400), ("2e0", 412), ("10e-1", 200)] {
        let confirm = format!(r#"{{"operation":"confirm","order_id":{order},"if_match":{version}}}"#);
        assert_eq!(submit(&confirm).await["status"], status, "{version}");
    }
}
