//! Tests of the fields of the event that a function receives.

use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};

use crate::api::Api;

fn now() -> u128 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis()
}

#[tokio::test]
async fn a_command_arrives_with_every_field() {
    let api = Api::start().await;
    let before = now();
    let request = api.post("/commands/orders/o-1/confirm?wait=1").header("user-agent", "curl/8.5.0");
    let response = request.json(&json!({ "by": "me" })).send().await.unwrap();
    let id = response.headers()["apigw-requestid"].to_str().unwrap();
    let call = api.calls().pop().unwrap();
    let mut event = call.event;
    assert_eq!(call.function, "confirm-order");
    let context = event["requestContext"].as_object_mut().unwrap();
    let time = context.remove("time").unwrap();
    let epoch = context.remove("timeEpoch").unwrap().as_u64().unwrap();
    assert!((before..=now()).contains(&epoch.into()));
    assert_eq!(time.as_str().unwrap().len(), "12/Mar/2020:19:03:58 +0000".len(), "{time}");
    let trace = event["headers"].as_object_mut().unwrap().remove("x-amzn-trace-id").unwrap();
    assert_eq!(call.trace.as_deref(), trace.as_str());
    let key = "POST /commands/orders/{id}/confirm";
    let path = "/commands/orders/o-1/confirm";
    let expected = json!({
        "version": "2.0",
        "routeKey": key,
        "rawPath": path,
        "rawQueryString": "wait=1",
        "headers": {
            "accept": "*/*",
            "content-length": "11",
            "content-type": "application/json",
            "host": api.address.to_string(),
            "user-agent": "curl/8.5.0",
            "x-forwarded-for": "127.0.0.1",
            "x-forwarded-port": api.address.port().to_string(),
            "x-forwarded-proto": "http",
        },
        "queryStringParameters": { "wait": "1" },
        "requestContext": {
            "accountId": "000000000000",
            "apiId": "local",
            "domainName": "127.0.0.1",
            "domainPrefix": "127",
            "http": {
                "method": "POST",
                "path": path,
                "protocol": "HTTP/1.1",
                "sourceIp": "127.0.0.1",
                "userAgent": "curl/8.5.0",
            },
            "requestId": id,
            "routeKey": key,
            "stage": "$default",
        },
        "pathParameters": { "id": "o-1" },
        "body": r#"{"by":"me"}"#,
        "isBase64Encoded": false,
    });
    assert_eq!(event, expected);
}

#[tokio::test]
async fn fields_without_a_value_are_absent() {
    let api = Api::start().await;
    let event = api.event_of(api.get("/queries/orders")).await;
    for field in ["body", "cookies", "pathParameters", "queryStringParameters", "stageVariables"] {
        assert_eq!(event.get(field), None, "{field}");
    }
    assert_eq!(event["rawQueryString"], json!(""));
    assert_eq!(event["requestContext"]["http"].get("userAgent"), None);
    assert_eq!(event["headers"]["content-length"], json!("0"));
}

#[tokio::test]
async fn repeated_headers_are_joined_and_cookies_are_separate() {
    let api = Api::start().await;
    let request = api.get("/queries/orders").header("X-Tag", "a").header("x-tag", "b");
    let request = request.header("Cookie", "session=1; theme=dark").header("cookie", "lang=en");
    let request = request.header("X-Forwarded-For", "203.0.113.7").header("te", "trailers");
    let event = api.event_of(request).await;
    assert_eq!(event["headers"]["x-tag"], json!("a,b"));
    assert_eq!(event["headers"]["x-forwarded-for"], json!("203.0.113.7, 127.0.0.1"));
    assert_eq!(event["headers"].get("cookie"), None);
    assert_eq!(event["headers"].get("te"), None);
    assert_eq!(event["cookies"], json!(["session=1", "theme=dark", "lang=en"]));
}

#[tokio::test]
async fn the_query_is_passed_decoded_and_raw() {
    let api = Api::start().await;
    let event = api.event_of(api.get("/queries/orders?status=a%20b&status=c+d&limit&e%5B%5D=%26")).await;
    assert_eq!(event["rawQueryString"], json!("status=a%20b&status=c+d&limit&e%5B%5D=%26"));
    let expected = json!({ "status": "a b,c d", "limit": "", "e[]": "&" });
    assert_eq!(event["queryStringParameters"], expected);
}

#[tokio::test]
async fn the_path_is_decoded() {
    let api = Api::start().await;
    let event = api.event_of(api.post("/commands/orders/a%20%C3%BC/confirm")).await;
    assert_eq!(event["rawPath"], json!("/commands/orders/a ü/confirm"));
    assert_eq!(event["pathParameters"], json!({ "id": "a ü" }));
    let slash = api.post("/commands/orders/a%2Fb/confirm");
    api.assert_refused(slash, 404, "Not Found").await;
}

#[tokio::test]
async fn a_body_is_text_or_base64_by_its_type() {
    let api = Api::start().await;
    let text: [(Option<&str>, &[u8]); 4] = [
        (Some("application/json; charset=utf-8"), b"{}"),
        (Some("text/csv"), "ü".as_bytes()),
        (Some("Application/XML"), b"<a/>"),
        (Some("application/javascript"), b"1"),
    ];
    for (content_type, body) in text {
        let (sent, is_base64) = sent(&api, content_type, body).await;
        assert_eq!((sent, is_base64), (json!(std::str::from_utf8(body).unwrap()), json!(false)));
    }
    let binary: [(Option<&str>, &[u8], &str); 4] = [
        (Some("application/octet-stream"), b"\x00\xff", "AP8="),
        (Some("application/x-www-form-urlencoded"), b"a=b", "YT1i"),
        (None, b"{}", "e30="),
        (Some("text/plain"), b"\xff", "/w=="),
    ];
    for (content_type, body, expected) in binary {
        assert_eq!(sent(&api, content_type, body).await, (json!(expected), json!(true)), "{content_type:?}");
    }
}

async fn sent(api: &Api, content_type: Option<&str>, body: &[u8]) -> (Value, Value) {
    let request = api.post("/commands/orders").body(body.to_vec());
    let request =
        content_type.into_iter().fold(request, |request, name| request.header("content-type", name));
    let event = api.event_of(request).await;
    (event["body"].clone(), event["isBase64Encoded"].clone())
}

#[tokio::test]
async fn a_trace_is_kept_or_created() {
    let api = Api::start().await;
    let given = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1";
    let call = api.call_of(api.get("/queries/orders").header("X-Amzn-Trace-Id", given)).await;
    assert_eq!(call.trace.as_deref(), Some(given));
    assert_eq!(call.event["headers"]["x-amzn-trace-id"], json!(given));
    let call = api.call_of(api.get("/queries/orders")).await;
    assert!(call.trace.unwrap().starts_with("Root=1-"));
}
