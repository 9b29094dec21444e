//! Tests of the targets of rules: inputs, retries and dead-letter queues.

use std::time::Duration;

use serde_json::json;

use super::{SYSTEM, error, read};
use crate::{EventTarget, InputContext};

/// The system with one rule whose target is a queue and has more properties.
fn system(properties: &str) -> String {
    format!(
        "{SYSTEM}  Rule:\n    Type: AWS::Events::Rule\n    Properties:\n      EventPattern: {{source: [x]}}\n      \
         Targets: [{{Arn: !GetAtt Failures.Arn, Id: queue{properties}}}]\n"
    )
}

fn target(properties: &str) -> EventTarget {
    read(&system(properties), &[]).unwrap().event_rules.remove(0).targets.remove(0)
}

/// `EventBridge` API reference, `RetryPolicy`: its defaults and ranges.
#[test]
fn a_target_has_retries_and_a_dead_letter_queue() {
    let default = target("");
    assert_eq!((default.maximum_retries, default.maximum_event_age), (185, Duration::from_hours(24)));
    assert_eq!(default.dead_letter_queue, None);
    let own = target(
        ", RetryPolicy: {MaximumRetryAttempts: 0, MaximumEventAgeInSeconds: 60}, \
         DeadLetterConfig: {Arn: !GetAtt Failures.Arn}",
    );
    assert_eq!((own.maximum_retries, own.maximum_event_age), (0, Duration::from_mins(1)));
    assert_eq!(own.dead_letter_queue.as_deref(), Some("Failures"));
}

#[test]
fn a_function_has_the_same_settings_in_its_event() {
    let settings = "Pattern: {source: [x]}, InputPath: $.detail, RetryPolicy: {MaximumRetryAttempts: 2}, \
                    DeadLetterConfig: {Arn: !GetAtt Failures.Arn}";
    let event =
        format!("\n        Rule: {{Type: EventBridgeRule, Properties: {{{settings}}}}}\n        Http:");
    let template = read(&SYSTEM.replace("\n        Http:", &event), &[]).unwrap();
    let target = &template.event_rules[0].targets[0];
    assert_eq!((target.maximum_retries, target.dead_letter_queue.as_deref()), (2, Some("Failures")));
    assert_eq!(target.input, self::target(", InputPath: $.detail").input);
}

/// User guide, "Amazon `EventBridge` input transformation", and API reference, `InputTransformer`: their examples, and
/// the values that are not texts.
#[test]
fn the_input_of_a_target_is_made_from_the_event() {
    let event = json!({
        "detail-type": "State-change", "source": "ec2", "resources": ["a", "b"],
        "detail": {"instance": "i-0123456789", "state": "RUNNING", "n": 7, "quote": "a \"b\"", "tags": {"k": "v"}},
    });
    let context =
        InputContext { rule_arn: "arn:rule", rule_name: "rule", ingestion_time: "2026-01-31T12:00:00Z" };
    let paths = "InputPathsMap: {instance: $.detail.instance, state: $.detail.state, n: $.detail.n, \
                 quote: $.detail.quote, tags: $.detail.tags, second: '$.resources[1]', none: $.detail.none}";
    let template = |text: &str| format!(", InputTransformer: {{{paths}, InputTemplate: '{text}'}}");
    for (properties, expected) in [
        (", Input: '{\"a\": 1}'".to_owned(), r#"{"a": 1}"#),
        (", InputPath: $.detail-type".to_owned(), r#""State-change""#),
        (", InputPath: $.detail.tags".to_owned(), r#"{"k":"v"}"#),
        (", InputPath: '$.resources[1]'".to_owned(), r#""b""#),
        (", InputPath: $.detail.none".to_owned(), "null"),
        (template(r#""instance <instance> is in <state>""#), r#""instance i-0123456789 is in RUNNING""#),
        (
            template(r#"{"instance": <instance>, "state": "<state>", "n": <n>}"#),
            r#"{"instance": "i-0123456789", "state": "RUNNING", "n": 7}"#,
        ),
        (
            template(r#"{"status": "instance \"<instance>\" is in <state>"}"#),
            r#"{"status": "instance \"i-0123456789\" is in RUNNING"}"#,
        ),
        (template(r#"{"q": <quote>, "in": "<quote>"}"#), r#"{"q": "a \"b\"", "in": "a \"b\""}"#),
        (template(r#"{"t": <tags>, "in": "<tags> <n>"}"#), r#"{"t": {"k":"v"}, "in": "{k:v} 7"}"#),
        (template(r#"{"none": <none>, "b": <second>}"#), r#"{"none": "", "b": "b"}"#),
        (template(r#""<b>bold</b>""#), r#""<b>bold</b>""#),
        (
            template(r#""<aws.events.rule-name> <aws.events.rule-arn> <aws.events.event.ingestion-time>""#),
            r#""rule arn:rule 2026-01-31T12:00:00Z""#,
        ),
    ] {
        assert_eq!(target(&properties).input.payload(&event, context), expected, "{properties}");
    }
    let whole = target(&template(r#"{"with": <aws.events.event.json>, "without": <aws.events.event>}"#));
    let payload: serde_json::Value = serde_json::from_str(&whole.input.payload(&event, context)).unwrap();
    assert_eq!((&payload["with"], &payload["without"]["source"]), (&event, &json!("ec2")));
    assert_eq!(payload["without"].get("detail"), None);
}

#[test]
fn an_invalid_setting_of_a_target_is_refused_by_name() {
    for (properties, expected) in [
        (", Input: '{}', InputPath: $.detail", "Targets[0].InputPath: is not allowed beside Input"),
        (", Input: 'a'", "Targets[0].Input: is not JSON"),
        (", InputPath: detail", "Targets[0].InputPath: detail is not a path such as"),
        (", InputPath: $..detail", "Targets[0].InputPath: $..detail is not a path such as"),
        (", InputPath: '$.detail[*]'", "wildcards are not supported locally"),
        (
            ", InputTransformer: {InputPathsMap: {a: b}, InputTemplate: '1'}",
            "InputPathsMap.a: b is not a path",
        ),
        (", InputTransformer: {InputTemplate: 'free text'}", "InputTemplate: is neither JSON nor lines"),
        (", InputTransformer: {}", "InputTransformer.InputTemplate: is missing"),
        (", RetryPolicy: {MaximumRetryAttempts: 186}", "186 is not a whole number from 0 to 185"),
        (", RetryPolicy: {MaximumEventAgeInSeconds: 59}", "59 is not a whole number from 60 to 86400"),
        (", DeadLetterConfig: {Arn: !GetAtt Changes.Arn}", "DeadLetterConfig.Arn: arn:aws:kinesis:"),
        (
            ", DeadLetterConfig: {Arn: 'arn:aws:sqs:us-east-1:000000000000:x'}",
            "Rule, property DeadLetterConfig: queue x is not in this template",
        ),
        (", DeadLetterConfig: {Type: SQS}", "DeadLetterConfig.Type: is not supported locally"),
        (", SqsParameters: {MessageGroupId: a}", "SqsParameters: is not supported locally"),
    ] {
        let line = error(&system(properties), &[]);
        assert!(line.contains(expected), "{line}");
    }
}
