//! Tests that the committed samples can be made again byte for byte, and that invalid options are refused.

use std::collections::BTreeMap;
use std::path::PathBuf;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use clap::Parser;
use serde_json::Value;
use stack_template::Template;

use super::http::Ids;
use super::{ENDPOINT, SampleArguments, SampleError, event, function, http};
use crate::cli::{Arguments, Command};

fn project() -> PathBuf {
    stack_template::project()
}

fn template() -> Template {
    Template::read(&project().join("template.yaml"), &BTreeMap::new(), ENDPOINT).unwrap()
}

/// The options that `cargo local sample` parses from these words.
fn arguments(words: &[&str]) -> SampleArguments {
    let line = ["local", "sample"].iter().chain(words);
    match Arguments::try_parse_from(line).unwrap().command {
        Some(Command::Sample(sample)) => sample,
        other => panic!("{other:?}"),
    }
}

fn made(words: &[&str]) -> Result<String, SampleError> {
    let (template, arguments) = (template(), arguments(words));
    let function = function(&template, &arguments.function)?;
    event(&template, function, &arguments)
}

fn committed(sample: &str) -> String {
    std::fs::read_to_string(project().join("events").join(sample).with_extension("json")).unwrap()
}

/// The names of all samples of a function.
fn samples(function: &str) -> Vec<String> {
    let entries = std::fs::read_dir(project().join("events").join(function)).unwrap();
    let stem = |path: PathBuf| path.file_stem().unwrap().to_str().unwrap().to_owned();
    entries.map(|entry| stem(entry.unwrap().path())).collect()
}

#[test]
fn options_reproduce_a_committed_sample_of_each_kind() {
    let body = r#"{"user_id":"user-0007","items":[{"product_id":"mechanical-keyboard","quantity":1,"unit_price_cents":12900}]}"#;
    let key = "idempotency-key=sample-one-item";
    let command =
        ["create-order", "--name", "one-item", "--user", "user-0007", "--header", key, "--body", body];
    assert_eq!(made(&command).unwrap(), committed("create-order/one-item"));
    let order = "id=88ff29da-5d15-5579-bbe9-31669f7d4774";
    let asked = ["--path", order, "--query", "min_version=3", "--header", "prefer=wait=5"];
    let query = [&["get-order", "--name", "min-version"], &asked[..]].concat();
    assert_eq!(made(&query).unwrap(), committed("get-order/min-version"));
    let commit = r#"{"stream":"order-6f1c1d5e-1b7a-4f0e-9f5e-3d2b1a0c9e8f","version":1,"events":[{"type":"OrderCreated","schema":2,"data":{"user_id":"user-ada","items":[{"product_id":"coffee-beans-1kg","quantity":2,"unit_price_cents":1890},{"product_id":"paper-filter-100","quantity":1,"unit_price_cents":450},{"product_id":"kettle-gooseneck","quantity":1,"unit_price_cents":5900}],"total_amount_cents":10130,"currency":"EUR"}}]}"#;
    let projection =
        ["order-projection", "--name", "single-create", "--user", "user-ada", "--commit", commit];
    assert_eq!(made(&projection).unwrap(), committed("order-projection/single-create"));
    let operator = ["rebuild", "--name", "build", "--body", r#"{"task": "build"}"#];
    assert_eq!(made(&operator).unwrap(), committed("rebuild/build"));
    assert_eq!(made(&["reconcile", "--name", "by-hand"]).unwrap(), committed("reconcile/by-hand"));
}

/// The options that make the HTTP sample `event` of the function `binary`.
fn options(binary: &str, event: &Value) -> Vec<String> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let claims = &event["requestContext"]["authorizer"]["jwt"]["claims"];
    let mut words = vec![binary.to_owned(), "--route".to_owned(), text(&event["routeKey"])];
    // The event of a route without an authorizer has no claims.
    if claims.is_object() {
        words.extend(["--user".to_owned(), text(&claims["sub"])]);
        words.extend(["--scopes".to_owned(), text(&claims["scope"])]);
    }
    for (name, value) in event["pathParameters"].as_object().into_iter().flatten() {
        words.extend(["--path".to_owned(), format!("{name}={}", value.as_str().unwrap())]);
    }
    for (name, value) in form_urlencoded::parse(text(&event["rawQueryString"]).as_bytes()) {
        words.extend(["--query".to_owned(), format!("{name}={value}")]);
    }
    for (name, value) in event["headers"].as_object().unwrap() {
        words.extend(["--header".to_owned(), format!("{name}={}", value.as_str().unwrap())]);
    }
    if let Some(body) = event["body"].as_str() {
        let decoded = STANDARD.decode(body).ok().map(|bytes| String::from_utf8(bytes).unwrap());
        let decoded = decoded.filter(|_| event["isBase64Encoded"] == true);
        words.extend(["--body".to_owned(), decoded.unwrap_or_else(|| body.to_owned())]);
    }
    words
}

#[test]
fn options_reproduce_every_committed_request() {
    let template = template();
    let mut count = 0;
    for route in &template.routes {
        let function = template.functions.iter().find(|function| function.name == route.function).unwrap();
        for name in samples(&function.binary) {
            let text = committed(&format!("{}/{name}", function.binary));
            let event: Value = serde_json::from_str(&text).unwrap();
            if event["routeKey"] != format!("{} {}", route.method, route.path) {
                continue;
            }
            let claims = &event["requestContext"]["authorizer"]["jwt"]["claims"];
            let ids = Ids {
                request: event["requestContext"]["requestId"].as_str().unwrap().to_owned(),
                trace: event["headers"]["x-amzn-trace-id"].as_str().unwrap().to_owned(),
                token: claims["jti"].as_str().unwrap_or_default().to_owned(),
            };
            let words = options(&function.binary, &event);
            let words: Vec<&str> = words.iter().map(String::as_str).collect();
            assert_eq!(http::with_ids(route, &arguments(&words), &ids).unwrap(), text, "{name}");
            count += 1;
        }
    }
    assert!(count > 40, "{count}");
}

/// The `--commit` that makes an item with the image `image`.
fn commit_of(image: &Value) -> String {
    let text = |name: &str| image[name]["S"].as_str().unwrap().to_owned();
    let version = image["sk"]["N"].as_str().unwrap();
    let by = serde_json::to_string(&text("by")).unwrap();
    let (stream, at, events) = (text("pk"), text("at"), text("events"));
    format!(r#"{{"stream":"{stream}","version":{version},"at":"{at}","by":{by},"events":{events}}}"#)
}

/// The change record inside a Kinesis record, and the Kinesis record around it, both without their derived ids.
fn change(record: &Value) -> (String, Value) {
    let data = STANDARD.decode(record["kinesis"]["data"].as_str().unwrap()).unwrap();
    let text = String::from_utf8(data).unwrap();
    let change: Value = serde_json::from_str(&text).unwrap();
    let mut packed = record.clone();
    packed["kinesis"]["data"] = Value::Null;
    packed["kinesis"]["partitionKey"] = Value::Null;
    (text.replace(change["eventID"].as_str().unwrap(), "id"), packed)
}

#[test]
fn options_reproduce_the_records_of_committed_batches() {
    for projection in ["order-projection", "history-projection"] {
        let batch: Value = serde_json::from_str(&committed(&format!("{projection}/full-life"))).unwrap();
        let records = batch["Records"].as_array().unwrap();
        let mut words = vec![projection.to_owned()];
        for record in records {
            let change: Value = serde_json::from_str(&change(record).0).unwrap();
            words.extend(["--commit".to_owned(), commit_of(&change["dynamodb"]["NewImage"])]);
        }
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let made: Value = serde_json::from_str(&made(&words).unwrap()).unwrap();
        let made = made["Records"].as_array().unwrap();
        assert_eq!(made.len(), 3);
        for (made, committed) in made.iter().zip(records) {
            assert_eq!(change(made), change(committed));
        }
    }
}

#[test]
fn missing_attributes_of_a_commit_are_derived() {
    let commit = |more: &str| {
        let commit = format!(r#"{{"stream":"a-1","version":2,"events":[{{"type":"B"}}]{more}}}"#);
        let event: Value =
            serde_json::from_str(&made(&["product-projection", "--commit", &commit]).unwrap()).unwrap();
        let change: Value = serde_json::from_str(&change(&event["Records"][0]).0).unwrap();
        change["dynamodb"]["NewImage"].clone()
    };
    let made_up = commit("");
    assert_eq!((&made_up["by"]["S"], &made_up["count"]["N"]), (&"user-0042".into(), &"1".into()));
    assert_eq!(made_up["at"]["S"], "2026-10-26T07:33:20.100000Z");
    assert_eq!(commit(""), made_up, "the same commit gives the same attributes");
    for name in ["at", "by", "key", "request_hash", "traceparent", "correlation_id", "causation_id"] {
        let value = if name == "at" { "2027-01-31T00:00:00Z" } else { "said" };
        let said = commit(&format!(r#","{name}":"{value}""#));
        assert_eq!(said[name]["S"], value);
        assert_ne!(said, made_up);
    }
}

#[test]
fn by_default_the_caller_has_a_scope_that_the_route_accepts() {
    let scope = |words: &[&str]| {
        let event: Value = serde_json::from_str(&made(words).unwrap()).unwrap();
        event["requestContext"]["authorizer"]["jwt"]["claims"]["scope"].as_str().unwrap().to_owned()
    };
    assert_eq!(scope(&["create-order"]), "orders:read orders:write");
    assert_eq!(
        scope(&["confirm-order", "--path", "id=00000000-0000-4000-8000-000000000000"]),
        "orders:fulfil"
    );
    assert_eq!(scope(&["register-product", "--path", "id=kettle"]), "orders:admin");
    assert_eq!(scope(&["create-order", "--scopes", "a  b"]), "a b");
}

#[test]
fn repeated_query_parameters_are_joined_and_greedy_path_parameters_may_have_slashes() {
    let route = stack_template::HttpRoute {
        path: "/files/{name+}".to_owned(),
        method: "ANY".to_owned(),
        function: "f".to_owned(),
        authorization: None,
    };
    let words = ["f", "--path", "name=a/b c", "--query", "x=1&2", "--query", "x=ü"];
    let ids = Ids { request: String::new(), trace: String::new(), token: String::new() };
    let event: Value =
        serde_json::from_str(&http::with_ids(&route, &arguments(&words), &ids).unwrap()).unwrap();
    assert_eq!(
        (&event["rawPath"], &event["routeKey"]),
        (&"/files/a/b c".into(), &"ANY /files/{name+}".into())
    );
    assert_eq!(event["rawQueryString"], "x=1%262&x=%C3%BC");
    assert_eq!(event["queryStringParameters"]["x"], "1&2,ü");
    assert_eq!(event["requestContext"]["http"]["method"], "GET");
}

#[test]
fn an_error_names_the_option_and_the_solution() {
    let commit = |commit: &'static str| ["order-projection", "--commit", commit];
    let refused: [(&[&str], &[&str]); 18] = [
        (&["create-ordr"], &["no function create-ordr", "create-order", "--param"]),
        (&["get-order"], &["--path id=…", "give its value"]),
        (&["get-order", "--path", "id="], &["--path id=…", "plain value"]),
        (&["get-order", "--path", "id=a/b"], &["--path id=…", "slash"]),
        (
            &["get-order", "--path", "id=1", "--path", "no=2"],
            &["--path no=…", "no parameter no", "it has id"],
        ),
        (&["create-order", "--path", "id=1"], &["--path id=…", "it has none"]),
        (&["create-order", "--body", "{"], &["--body", "quote it"]),
        (&["create-order", "--header", "a b=c"], &["--header a b=…", "hyphens"]),
        (&["create-order", "--route", "GET /"], &["--route", "POST /commands/orders"]),
        (&["create-order", "--commit", "{}"], &["--commit", "use --path"]),
        (&["order-projection"], &["--commit is missing", "for example"]),
        (&["order-projection", "--body", "{}"], &["--body", "use --commit"]),
        (&commit("{"), &["--commit number 1", "write it like"]),
        (&commit(r#"{"stream":"a","version":1,"events":[],"x":1}"#), &["number 1", "unknown field `x`"]),
        (&commit(r#"{"stream":"a","version":1,"events":[]}"#), &["number 1", "one or more events"]),
        (
            &commit(r#"{"stream":"a","version":1,"events":[{}]}"#),
            &["number 1", "events: missing field `type`"],
        ),
        (&["redrive", "--body", "list"], &["--body", "quote it"]),
        (&["redrive", "--user", "u"], &["--user", "an operator", "use --body"]),
    ];
    for (words, parts) in refused {
        let message = made(words).unwrap_err().to_string();
        assert!(parts.iter().all(|part| message.contains(part)), "{words:?}: {message}");
    }
    let example = made(&["order-projection"]).unwrap_err().to_string();
    let example = example.split('\'').nth(1).unwrap();
    made(&["order-projection", "--commit", example]).unwrap();
}

#[test]
fn a_file_is_written_completely_and_replaces_another_only_with_force() {
    let folder = std::env::temp_dir().join(format!("samples-{}", uuid::Uuid::new_v4()));
    let write =
        |words: &[&str], event: &str| super::write(&folder, &arguments(&[&["f"], words].concat()), event);
    let file = folder.join("one.json");
    write(&["--name", "one"], "first\n").unwrap();
    let refused = write(&["--name", "one"], "second\n").unwrap_err().to_string();
    assert!(refused.contains("one.json exists; give --force"), "{refused}");
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "first\n");
    write(&["--name", "one", "--force"], "third\n").unwrap();
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "third\n");
    for name in ["", "../one", "a/b", ".one", "ä"] {
        let refused = write(&["--name", name], "x").unwrap_err().to_string();
        assert!(refused.contains("--name") && refused.contains("use letters"), "{refused}");
    }
    std::fs::create_dir(folder.join("two.json")).unwrap();
    assert!(matches!(write(&["--name", "two", "--force"], "x"), Err(SampleError::Write { .. })));
    let left = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().file_name());
    let mut left: Vec<_> = left.collect();
    left.sort();
    assert_eq!(left, ["one.json", "two.json"], "no temporary file is left");
    std::fs::remove_dir_all(&folder).unwrap();
}
