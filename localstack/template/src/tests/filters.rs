//! Tests of filter criteria: the operators of the Lambda guide, and the refused patterns.

use serde_json::{Value, json};

use super::{SYSTEM, error, read};
use crate::{EventSource, Filters};

fn system(patterns: &[&str]) -> String {
    let filters: Vec<Value> = patterns.iter().map(|pattern| json!({"Pattern": pattern})).collect();
    let criteria = format!("FilterCriteria: {}", json!({"Filters": filters}));
    SYSTEM.replace("BatchSize: !Ref Batch", &criteria)
}

fn filters(patterns: &[&str]) -> Filters {
    read(&system(patterns), &[]).unwrap().mappings.remove(0).filters.unwrap()
}

/// True if the filters deliver a record of Kinesis with this data.
fn accepts(filters: &Filters, data: &str) -> bool {
    let data: Value = serde_json::from_str(data).unwrap_or_default();
    filters.accept(&json!({"partitionKey": "1", "data": data, "eventSource": "aws:kinesis"}))
}

/// Lambda guide, "Control which events Lambda sends to your function", "Filter rule syntax": an example of each
/// operator, with data that it accepts and data that it drops.
#[test]
fn each_operator_of_the_guide_selects_records() {
    let cases = [
        (json!({"UserID": [null]}), json!({"UserID": null}), json!({"UserID": "7"})),
        (json!({"UserID": [null]}), json!({"UserID": null}), json!({})),
        (json!({"LastName": [""]}), json!({"LastName": ""}), json!({"LastName": "Jones"})),
        (json!({"Name": ["Alice"]}), json!({"Name": "Alice"}), json!({"Name": "alice"})),
        (
            json!({"Name": [{"equals-ignore-case": "alice"}]}),
            json!({"Name": "ALICE"}),
            json!({"Name": "Bob"}),
        ),
        (
            json!({"Location": ["New York"], "Day": ["Monday"]}),
            json!({"Location": "New York", "Day": "Monday"}),
            json!({"Location": "New York", "Day": "Tuesday"}),
        ),
        (json!({"Payment": ["Credit", "Debit"]}), json!({"Payment": "Debit"}), json!({"Payment": "Cash"})),
        (
            json!({"$or": [{"Location": ["New York"]}, {"Day": ["Monday"]}]}),
            json!({"Location": "Paris", "Day": "Monday"}),
            json!({"Location": "Paris", "Day": "Tuesday"}),
        ),
        (
            json!({"Weather": [{"anything-but": ["Raining"]}]}),
            json!({"Weather": "Sunny"}),
            json!({"Weather": "Raining"}),
        ),
        (json!({"Weather": [{"anything-but": ["Raining"]}]}), json!({"Weather": 1}), json!({})),
        (json!({"Price": [{"numeric": ["=", 100]}]}), json!({"Price": 100.0}), json!({"Price": "100"})),
        (json!({"Price": [{"numeric": [">", 10, "<=", 20]}]}), json!({"Price": 20}), json!({"Price": 10})),
        (json!({"Price": [{"numeric": ["<", 10]}]}), json!({"Price": 9}), json!({"Price": 10})),
        (json!({"Price": [{"numeric": [">=", 10]}]}), json!({"Price": 10}), json!({"Price": 9})),
        (json!({"Name": [{"exists": true}]}), json!({"Name": null}), json!({"Other": 1})),
        (json!({"Name": [{"exists": false}]}), json!({"Other": 1}), json!({"Name": "x"})),
        (json!({"Region": [{"prefix": "us-"}]}), json!({"Region": "us-east-1"}), json!({"Region": "eu"})),
        (json!({"File": [{"suffix": ".png"}]}), json!({"File": "a.png"}), json!({"File": "a.jpg"})),
        // "Using event filtering with a Kinesis event source": nested members.
        (
            json!({"order": {"type": ["buy"]}}),
            json!({"record": 12345, "order": {"type": "buy", "quantity": 1000}}),
            json!({"record": 12345, "order": {"type": "sell"}}),
        ),
        (json!({"tags": ["a"]}), json!({"tags": ["b", "a"]}), json!({"tags": ["b"]})),
        (json!({"tags": {"n": [1]}}), json!({"tags": [{"n": 2}, {"n": 1}]}), json!({"tags": [{"n": 2}]})),
    ];
    for (pattern, accepted, dropped) in cases {
        let filters = filters(&[&json!({ "data": pattern }).to_string()]);
        assert!(accepts(&filters, &accepted.to_string()), "{pattern} accepts {accepted}");
        assert!(!accepts(&filters, &dropped.to_string()), "{pattern} drops {dropped}");
    }
}

#[test]
fn one_matching_pattern_is_enough_and_data_that_is_not_json_is_dropped() {
    let filters = filters(&[r#"{"data": {"a": [1]}}"#, r#"{"data": {"b": [{"exists": false}]}}"#]);
    assert!(accepts(&filters, r#"{"a": 1, "b": 1}"#));
    assert!(accepts(&filters, "{}"));
    assert!(!accepts(&filters, r#"{"a": 2, "b": 1}"#));
    assert!(!accepts(&filters, "not JSON"));
    assert!(!accepts(&filters, ""));
    let none = read(&system(&[]), &[]).unwrap().mappings.remove(0);
    assert_eq!(none.filters, None, "an empty list of filters delivers every record");
}

/// Lambda guide, "Using event filtering with a Kinesis event source": a pattern may name the metadata of a record, alone
/// or beside its data. Without a pattern for data, data that is not JSON does not matter.
#[test]
fn the_keys_of_a_record_are_filtered_with_and_without_its_data() {
    let key = filters(&[r#"{"partitionKey": [{"prefix": "1"}]}"#]);
    assert!(accepts(&key, r#"{"a": 1}"#) && accepts(&key, "not JSON"));
    assert!(!accepts(&filters(&[r#"{"partitionKey": ["2"]}"#]), "{}"));
    let both = filters(&[r#"{"partitionKey": ["1"], "data": {"a": [1]}}"#]);
    assert!(accepts(&both, r#"{"a": 1}"#));
    assert!(!accepts(&both, r#"{"a": 2}"#) && !accepts(&both, "not JSON"));
}

#[test]
fn a_pattern_that_the_stack_does_not_support_is_refused_by_name() {
    let cases = [
        ("[", "is not JSON"),
        ("[]", "is not a map"),
        (r#"{"body": {"a": ["1"]}}"#, "no record of Kinesis has the key body: use approximateArrival"),
        (r#"{"data": ["text"]}"#, "data must be a map"),
        (r#"{"data": {"a": "b"}}"#, "a must be a map or a list of alternatives"),
        (r#"{"data": {"a": []}}"#, "a must be a map or a list of alternatives"),
        (r#"{"data": {"a": [{"cidr": "10.0.0.0/24"}]}}"#, "the operator cidr with"),
        (r#"{"data": {"a": [{"prefix": "a", "suffix": "b"}]}}"#, "exactly one operator"),
        (r#"{"data": {"a": [{"numeric": ["!", 1]}]}}"#, "! is not an operator of numeric"),
        (r#"{"data": {"a": [{"numeric": ["="]}]}}"#, "numeric takes an operator and a number"),
        (r#"{"data": {"$or": [1]}}"#, "$or must be a list of maps"),
    ];
    for (pattern, expected) in cases {
        let line = error(&system(&[pattern]), &[]);
        assert!(line.contains("FilterCriteria.Filters[0].Pattern: ") && line.contains(expected), "{line}");
    }
    assert!(error(&system(&["{}"; 11]), &[]).contains("has more than 10 filters"));
    assert!(error(&system(&[&"x".repeat(4097)]), &[]).contains("longer than 4096"));
}

#[test]
fn a_mapping_through_a_consumer_has_the_consumers_arn_and_its_own_id() {
    let own = SYSTEM.replace("Stream: !GetAtt Changes.Arn", "Stream: !GetAtt Mine.ConsumerARN")
        + "  Mine: {Type: AWS::Kinesis::StreamConsumer, Properties: {ConsumerName: mine, \
           StreamARN: !GetAtt Changes.Arn}}\n";
    let (shared, own) = (read(SYSTEM, &[]).unwrap(), read(&own, &[]).unwrap());
    let arn = "arn:aws:kinesis:us-east-1:000000000000:stream/changes/consumer/mine:1";
    let read_through = |consumer: Option<&str>| EventSource::Kinesis {
        stream: "changes".to_owned(),
        consumer_arn: consumer.map(str::to_owned),
    };
    assert_eq!(own.mappings[0].source, read_through(Some(arn)));
    assert_eq!(shared.mappings[0].source, read_through(None));
    assert_ne!(own.mappings[0].id, shared.mappings[0].id, "a new mapping has no checkpoints");
    let second = SYSTEM.replace("Stream: !GetAtt Changes.Arn", "Stream: !GetAtt Second.ConsumerARN")
        + "  Mine: {Type: AWS::Kinesis::StreamConsumer, Properties: {ConsumerName: other, \
           StreamARN: !GetAtt Changes.Arn}}\n"
        + "  Second: {Type: AWS::Kinesis::StreamConsumer, Properties: {ConsumerName: mine, \
           StreamARN: !GetAtt Mine.StreamARN}}\n";
    assert_eq!(read(&second, &[]).unwrap().mappings[0].source, read_through(Some(arn)));
    let unnamed = SYSTEM.to_owned()
        + "  Mine: {Type: AWS::Kinesis::StreamConsumer, Properties: {StreamARN: !GetAtt Changes.Arn}}\n";
    assert_eq!(error(&unnamed, &[]), "resource Mine, property ConsumerName: is missing");
}
