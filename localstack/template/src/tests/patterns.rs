//! Tests of the patterns of rules: the operators of the user guide, and the refused patterns.

use serde_json::{Value, json};

use super::{SYSTEM, error, read};

/// The system with one rule that has a pattern.
fn system(pattern: &Value) -> String {
    format!(
        "{SYSTEM}  Rule: {{Type: AWS::Events::Rule, Properties: {{EventPattern: {pattern}, Targets: []}}}}\n"
    )
}

fn selects(pattern: &Value, event: &Value) -> bool {
    read(&system(pattern), &[]).unwrap().event_rules[0].pattern.matches(event)
}

/// `EventBridge` user guide, "Comparison operators for use in event patterns": the examples of its table in their
/// order, each with an event that the pattern selects and one that it does not.
#[test]
fn each_operator_of_the_guide_selects_events() {
    let cases = [
        (
            json!({"Location": ["New York"], "Day": ["Monday"]}),
            json!({"Location": "New York", "Day": "Monday"}),
            json!({"Location": "New York", "Day": "Tuesday"}),
        ),
        (
            json!({"state": [{"anything-but": "initializing"}]}),
            json!({"state": "running"}),
            json!({"state": "initializing"}),
        ),
        (
            json!({"Region": [{"anything-but": {"prefix": "us-"}}]}),
            json!({"Region": "eu-west-1"}),
            json!({"Region": "us-east-1"}),
        ),
        (
            json!({"FileName": [{"anything-but": {"suffix": ".png"}}]}),
            json!({"FileName": "a.jpg"}),
            json!({"FileName": "a.png"}),
        ),
        (
            json!({"state": [{"anything-but": {"equals-ignore-case": ["initializing", "stopped"]}}]}),
            json!({"state": "running"}),
            json!({"state": "STOPPED"}),
        ),
        (
            json!({"FilePath": [{"anything-but": {"wildcard": "*/lib/*"}}]}),
            json!({"FilePath": "/usr/bin/a"}),
            json!({"FilePath": "/usr/lib/a"}),
        ),
        (json!({"Region": [{"prefix": "us-"}]}), json!({"Region": "us-east-1"}), json!({"Region": "eu-us-"})),
        (
            json!({"service": [{"prefix": {"equals-ignore-case": "EventB"}}]}),
            json!({"service": "EVENTBRIDGE"}),
            json!({"service": "event"}),
        ),
        (json!({"LastName": [""]}), json!({"LastName": ""}), json!({"LastName": "Jones"})),
        (json!({"Name": ["Alice"]}), json!({"Name": "Alice"}), json!({"Name": "alice"})),
        (
            json!({"Name": [{"equals-ignore-case": "alice"}]}),
            json!({"Name": "ALICE"}),
            json!({"Name": "Alicia"}),
        ),
        (
            json!({"FileName": [{"suffix": ".png"}]}),
            json!({"FileName": "a.png"}),
            json!({"FileName": "a.png.b"}),
        ),
        (
            json!({"service": [{"suffix": {"equals-ignore-case": "tBridge"}}]}),
            json!({"service": "EventBridge"}),
            json!({"service": "tbridges"}),
        ),
        (json!({"ProductName": [{"exists": true}]}), json!({"ProductName": null}), json!({"Name": "x"})),
        (json!({"ProductName": [{"exists": false}]}), json!({"Name": "x"}), json!({"ProductName": "x"})),
        (
            json!({"Weather": [{"anything-but": ["Raining"]}]}),
            json!({"Weather": "Sunny"}),
            json!({"Weather": "Raining"}),
        ),
        (json!({"UserID": [null]}), json!({"UserID": null}), json!({"UserID": "7"})),
        (json!({"Price": [{"numeric": ["=", 100]}]}), json!({"Price": 100}), json!({"Price": "100"})),
        (json!({"Price": [{"numeric": [">", 10, "<=", 20]}]}), json!({"Price": 20}), json!({"Price": 10})),
        (
            json!({"PaymentType": ["Credit", "Debit"]}),
            json!({"PaymentType": "Debit"}),
            json!({"PaymentType": "Cash"}),
        ),
        (
            json!({"$or": [{"Location": ["New York"]}, {"Day": ["Monday"]}]}),
            json!({"Location": "Paris", "Day": "Monday"}),
            json!({"Location": "Paris", "Day": "Tuesday"}),
        ),
        (
            json!({"FileName": [{"wildcard": "dir/*.png"}]}),
            json!({"FileName": "dir/a/b.png"}),
            json!({"FileName": "dir/a.jpg"}),
        ),
        // "IP address matching".
        (
            json!({"sourceIPAddress": [{"cidr": "10.0.0.0/24"}]}),
            json!({"sourceIPAddress": "10.0.0.255"}),
            json!({"sourceIPAddress": "10.0.1.0"}),
        ),
        (
            json!({"sourceIPAddress": [{"cidr": "2001:db8::/32"}]}),
            json!({"sourceIPAddress": "2001:db8::1"}),
            json!({"sourceIPAddress": "10.0.0.1"}),
        ),
        // "Exists matching only works on leaf nodes".
        (json!({"detail": [{"exists": false}]}), json!({"detail": {"a": 1}}), json!({"detail": [1]})),
        // "Arrays in event patterns": one element is enough, and one object must match all members.
        (json!({"resources": ["b"]}), json!({"resources": ["a", "b"]}), json!({"resources": ["a"]})),
        (
            json!({"lines": {"sku": ["y"], "n": [2]}}),
            json!({"lines": [{"sku": "x", "n": 1}, {"sku": "y", "n": 2}]}),
            json!({"lines": [{"sku": "y", "n": 1}, {"sku": "x", "n": 2}]}),
        ),
        // The pattern of a rule for its own replays only, or for no replay.
        (
            json!({"detail": {"$or": [{"replayed": [{"exists": false}]}, {"replayto": ["mine"]}]}}),
            json!({"detail": {"replayed": true, "replayto": "mine"}}),
            json!({"detail": {"replayed": true, "replayto": "other"}}),
        ),
    ];
    for (pattern, selected, ignored) in cases {
        assert!(selects(&pattern, &selected), "{pattern} selects {selected}");
        assert!(!selects(&pattern, &ignored), "{pattern} ignores {ignored}");
    }
}

/// User guide, "Matching using wildcards": escapes, and text between wildcards in its order.
#[test]
fn a_wildcard_stands_for_any_text() {
    for (wildcard, text, expected) in [
        ("*", "", true),
        ("a*", "a", true),
        ("a*a", "a", false),
        ("*b*", "abc", true),
        ("*b*a*", "abc", false),
        ("a*b*c", "a-c-b-c", true),
        (r"\*\\*", r"*\x", true),
        (r"\*", "x", false),
    ] {
        let pattern = json!({"source": [{"wildcard": wildcard}]});
        assert_eq!(selects(&pattern, &json!({"source": text})), expected, "{wildcard} {text}");
    }
}

#[test]
fn a_pattern_that_the_guide_does_not_have_is_refused_by_name() {
    for (alternative, expected) in [
        (json!({"wildcard": "a**"}), "wildcard must not have two * in succession"),
        (json!({"wildcard": r"a\b"}), r"wildcard may escape only * and \"),
        (json!({"wildcard": 1}), "the operator wildcard with 1 is not supported locally"),
        (json!({"cidr": "10.0.0.0"}), "10.0.0.0 is not a block of addresses"),
        (json!({"cidr": "10.0.0.0/33"}), "10.0.0.0/33 is not a block of addresses"),
        (json!({"prefix": {"wildcard": "a"}}), "the operator prefix with"),
        (json!({"anything-but": {"exists": true}}), "the operator anything-but with"),
        (json!({"exists": "yes"}), "the operator exists with"),
    ] {
        let line = error(&system(&json!({"source": [alternative]})), &[]);
        assert!(line.contains("EventPattern: ") && line.contains(expected), "{line}");
    }
}
