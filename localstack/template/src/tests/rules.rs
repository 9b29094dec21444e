//! Tests of event buses and rules.

use serde_json::{Value, json};

use super::{SYSTEM, error, read};
use crate::EventTarget;

const RULES: &str = r"
  Bus: {Type: AWS::Events::EventBus, Properties: {Name: shop}}
  ToQueue:
    Type: AWS::Events::Rule
    Properties:
      EventBusName: !Ref Bus
      EventPattern: {source: [orders], detail-type: [{prefix: Order}]}
      Targets: [{Arn: !GetAtt Failures.Arn, Id: queue}, {Arn: !GetAtt Project.Arn, Id: function}]
  Off:
    Type: AWS::Events::Rule
    Properties: {State: DISABLED, EventPattern: {source: [x]}, Targets: []}
";

const EVENT: &str = "
        Shipped:
          Type: EventBridgeRule
          Properties: {EventBusName: !GetAtt Bus.Arn, Pattern: {detail: {status: [shipped]}}}
        Http:";

fn system() -> String {
    SYSTEM.replace("\n        Http:", EVENT) + RULES
}

#[test]
fn rules_of_both_kinds_have_their_bus_and_targets() {
    let template = read(&system(), &[]).unwrap();
    assert_eq!(template.event_buses, ["shop"]);
    let function = EventTarget::Function("Project".to_owned());
    let rules: Vec<_> = template
        .event_rules
        .iter()
        .map(|rule| (rule.name.as_str(), rule.bus.as_str(), rule.targets.clone()))
        .collect();
    let both = vec![EventTarget::Queue("Failures".to_owned()), function.clone()];
    assert_eq!(rules, [("Project-Shipped", "shop", vec![function]), ("ToQueue", "shop", both)]);
}

/// `EventBridge` user guide, "Creating event patterns" and "Comparison operators for use in event patterns".
#[test]
fn a_pattern_selects_events() {
    let matches = |pattern: &Value, event: &Value| {
        let pattern = format!("EventPattern: {pattern}");
        let text =
            system().replace("EventPattern: {source: [orders], detail-type: [{prefix: Order}]}", &pattern);
        read(&text, &[]).unwrap().event_rules[1].pattern.matches(event)
    };
    let event = json!({
        "source": "orders", "detail-type": "OrderShipped", "resources": ["a", "b"],
        "detail": {"status": "shipped", "total": 20, "lines": [{"sku": "x", "n": 1}, {"sku": "y", "n": 2}]},
    });
    for (pattern, is_selected) in [
        (json!({"source": ["orders"], "detail-type": ["OrderShipped", "OrderCancelled"]}), true),
        (json!({"source": ["products"]}), false),
        (json!({"detail-type": [{"prefix": "Order"}]}), true),
        (json!({"detail-type": [{"suffix": "Placed"}]}), false),
        (json!({"detail": {"status": [{"anything-but": "cancelled"}]}}), true),
        (json!({"detail": {"status": [{"anything-but": ["shipped"]}]}}), false),
        (json!({"detail": {"total": [{"numeric": [">", 10, "<=", 20]}]}}), true),
        (json!({"detail": {"note": [{"exists": false}]}}), true),
        (json!({"resources": ["b"]}), true),
        (json!({"$or": [{"source": ["products"]}, {"detail": {"status": ["shipped"]}}]}), true),
        // "Arrays": one object of the list must match all members.
        (json!({"detail": {"lines": {"sku": ["y"], "n": [2]}}}), true),
        (json!({"detail": {"lines": {"sku": ["x"], "n": [2]}}}), false),
    ] {
        assert_eq!(matches(&pattern, &event), is_selected, "{pattern}");
    }
}

#[test]
fn what_the_stack_does_not_serve_is_refused_by_name() {
    for (from, to, expected) in [
        (
            "Id: queue}",
            "Id: queue, Input: '{}'}",
            "ToQueue, property Targets[0].Input: is not supported locally",
        ),
        ("Id: queue}", "Id: queue, InputPath: $.detail}", "Targets[0].InputPath: is not supported"),
        ("Id: queue}", "Id: queue, InputTransformer: {}}", "Targets[0].InputTransformer: is not supported"),
        ("Id: queue}", "Id: queue, DeadLetterConfig: {}}", "Targets[0].DeadLetterConfig: is not supported"),
        ("!GetAtt Failures.Arn, Id", "!GetAtt Changes.Arn, Id", "is neither a queue nor a function"),
        ("EventBusName: !Ref Bus", "EventBusName: other", "event bus other is not in this template"),
        (
            "!GetAtt Failures.Arn, Id",
            "'arn:aws:sqs:us-east-1:000000000000:x', Id",
            "queue x is not in this template",
        ),
        ("{source: [orders]", "{source: orders", "EventPattern: source must be a map or a list"),
        ("{source: [orders]", "{source: [{cidr: 10.0.0.0/8}]", "the operator cidr with"),
        (
            "EventPattern: {source: [x]}",
            "ScheduleExpression: rate(1 minute)",
            "ScheduleExpression: is not supported",
        ),
        (
            "Pattern: {detail",
            "Input: '{}', Pattern: {detail",
            "Events.Shipped.Properties.Input: is not supported",
        ),
    ] {
        let line = error(&system().replace(from, to), &[]);
        assert!(line.contains(expected), "{line}");
    }
}
