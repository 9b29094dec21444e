//! Tests of the logs API with a function that writes three lines in each instance.

use std::time::Duration;

use bytes::Bytes;
use serde_json::{Value, json};
use stack_lambda::{FunctionSpec, Lambda, LambdaOptions};
use stack_template::{AsynchronousInvocation, Function};

use crate::aws::Logs;

const GROUP: &str = "/aws/lambda/writer";

/// The logs after `invocations`, each in an instance of its own.
async fn logs_after(invocations: usize) -> Logs {
    let spec = FunctionSpec {
        name: "writer".to_owned(),
        arn: String::new(),
        role: String::new(),
        binary: std::path::absolute("src/aws/tests/lines.sh").unwrap(),
        environment: [].into(),
        timeout: Duration::from_secs(30),
        memory_mb: 128,
        max_instances: 1,
        reserved_concurrency: None,
        log_group: "/aws/lambda/function".to_owned(),
        events: AsynchronousInvocation::default(),
    };
    let lambda = Lambda::start(vec![spec], LambdaOptions::default()).await.unwrap();
    for _ in 0..invocations {
        let invocation = lambda.invoke("writer", Bytes::new(), None).await.unwrap();
        assert!(invocation.function_error.is_some());
    }
    let function = |name: &str, log_group: Option<&str>| Function {
        name: name.to_owned(),
        log_group: log_group.map(str::to_owned),
        ..Function::default()
    };
    let functions = [function("writer", None), function("silent", Some("/shop/silent"))];
    Logs::new(&functions, lambda.log_events().clone())
}

fn call(logs: &Logs, operation: &str, request: &Value) -> Value {
    logs.call(operation, request.to_string().as_bytes()).unwrap()
}

fn texts(answer: &Value, list: &str, member: &str) -> Vec<String> {
    let items = answer[list].as_array().unwrap().iter();
    items.map(|item| item[member].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn every_function_has_a_group_and_every_instance_a_stream() {
    let logs = logs_after(2).await;
    let groups = call(&logs, "DescribeLogGroups", &json!({}));
    assert_eq!(texts(&groups, "logGroups", "logGroupName"), [GROUP, "/shop/silent"]);
    let some = call(&logs, "DescribeLogGroups", &json!({"logGroupNamePrefix": "/shop"}));
    let arn = "arn:aws:logs:us-east-1:000000000000:log-group:/shop/silent:*";
    assert_eq!(texts(&some, "logGroups", "arn"), [arn]);
    let streams = call(&logs, "DescribeLogStreams", &json!({"logGroupName": GROUP}));
    assert_eq!(texts(&streams, "logStreams", "logStreamName").len(), 2);
    // `CloudWatch` Logs API reference, `DescribeLogGroups` and `DescribeLogStreams`: `limit` and `nextToken`.
    for (operation, list, name) in [
        ("DescribeLogGroups", "logGroups", "logGroupName"),
        ("DescribeLogStreams", "logStreams", "logStreamName"),
    ] {
        let all = call(&logs, operation, &json!({"logGroupName": GROUP}));
        let first = call(&logs, operation, &json!({"logGroupName": GROUP, "limit": 1}));
        let next = json!({"logGroupName": GROUP, "limit": 1, "nextToken": first["nextToken"]});
        let second = call(&logs, operation, &next);
        assert_eq!([texts(&first, list, name), texts(&second, list, name)].concat(), texts(&all, list, name));
        assert_eq!((all.get("nextToken"), second.get("nextToken")), (None, None));
    }
    let silent = call(&logs, "FilterLogEvents", &json!({"logGroupName": "/shop/silent"}));
    assert_eq!(silent["events"], json!([]));
}

#[tokio::test]
async fn events_are_read_in_pages_by_stream_and_by_time() {
    let logs = logs_after(2).await;
    let filter = |request: Value| {
        let mut whole = json!({"logGroupName": GROUP});
        whole.as_object_mut().unwrap().extend(request.as_object().unwrap().clone());
        call(&logs, "FilterLogEvents", &whole)
    };
    let all = filter(json!({"interleaved": true}));
    let lines = ["one", "two", "three"];
    assert_eq!(texts(&all, "events", "message"), [lines, lines].concat());
    assert!(all.get("nextToken").is_none(), "{all}");
    let first = filter(json!({"limit": 4}));
    let rest = filter(json!({"limit": 4, "nextToken": first["nextToken"]}));
    assert_eq!(texts(&rest, "events", "message"), ["two", "three"]);
    assert!(rest.get("nextToken").is_none(), "{rest}");
    let ids = texts(&all, "events", "eventId");
    assert_eq!([texts(&first, "events", "eventId"), texts(&rest, "events", "eventId")].concat(), ids);
    let stream = all["events"][0]["logStreamName"].clone();
    assert_eq!(texts(&filter(json!({"logStreamNames": [stream]})), "events", "message"), lines);
    let last = all["events"][5]["timestamp"].as_i64().unwrap();
    assert_eq!(filter(json!({"startTime": last + 1}))["events"], json!([]));
    assert!(texts(&filter(json!({"startTime": last})), "events", "message").contains(&"three".to_owned()));
    assert_eq!(filter(json!({"endTime": 0}))["events"], json!([]));

    let get = |request: Value| call(&logs, "GetLogEvents", &request);
    let newest = get(json!({"logGroupName": GROUP, "logStreamName": stream, "limit": 2}));
    assert_eq!(texts(&newest, "events", "message"), ["two", "three"]);
    let head =
        json!({"logGroupIdentifier": GROUP, "logStreamName": stream, "limit": 2, "startFromHead": true});
    let oldest = get(head);
    assert_eq!(texts(&oldest, "events", "message"), ["one", "two"]);
    let token = &oldest["nextForwardToken"];
    let next = get(json!({"logGroupName": GROUP, "logStreamName": stream, "nextToken": token}));
    assert_eq!(texts(&next, "events", "message"), ["three"]);
    let end = &next["nextForwardToken"];
    let nothing = get(json!({"logGroupName": GROUP, "logStreamName": stream, "nextToken": end}));
    assert_eq!((&nothing["events"], &nothing["nextForwardToken"]), (&json!([]), end));
}

#[tokio::test]
async fn what_the_logs_do_not_have_is_refused() {
    let logs = logs_after(0).await;
    for (operation, request, code, message) in [
        (
            "FilterLogEvents",
            json!({"logGroupName": "/aws/lambda/other"}),
            "ResourceNotFoundException",
            "The specified log group does not exist.",
        ),
        (
            "FilterLogEvents",
            json!({"logGroupName": GROUP, "filterPattern": "ERROR"}),
            "InvalidParameterException",
            "A filterPattern is not served by the local stack. Filter the output instead.",
        ),
        (
            "FilterLogEvents",
            json!({"logGroupName": GROUP, "nextToken": "x"}),
            "InvalidParameterException",
            "The specified nextToken is invalid.",
        ),
        (
            "DescribeLogGroups",
            json!({"limit": 51}),
            "InvalidParameterException",
            "The limit must be a number from 1 to 50.",
        ),
        (
            "PutLogEvents",
            json!({}),
            "UnknownOperationException",
            "CloudWatch Logs PutLogEvents is not served by the local stack. Of CloudWatch Logs, it serves \
             DescribeLogGroups, DescribeLogStreams, FilterLogEvents, GetLogEvents.",
        ),
    ] {
        let refused = logs.call(operation, request.to_string().as_bytes()).unwrap_err();
        assert_eq!((refused.code.as_str(), refused.message.as_str()), (code, message));
    }
}
