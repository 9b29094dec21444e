//! Tests of event buses and rules.

use super::{SYSTEM, error, read};
use crate::{EventReceiver, EventRule};

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
    let function = EventReceiver::Function("Project".to_owned());
    let receivers = |rule: &EventRule| rule.targets.iter().map(|target| target.receiver.clone()).collect();
    let rules: Vec<(&str, &str, Vec<EventReceiver>)> = template
        .event_rules
        .iter()
        .map(|rule| (rule.name.as_str(), rule.bus.as_str(), receivers(rule)))
        .collect();
    let both = vec![EventReceiver::Queue("Failures".to_owned()), function.clone()];
    assert_eq!(rules, [("Project-Shipped", "shop", vec![function]), ("ToQueue", "shop", both)]);
}

/// `EventBridge` user guide, "Event bus concepts": a bus may belong to another stack. A parameter gives its name or
/// ARN.
#[test]
fn a_bus_outside_of_the_template_is_given_by_a_parameter() {
    let given = "  Level: {Type: String, Default: INFO, AllowedValues: [INFO, DEBUG]}\n";
    let given = system().replace(given, &format!("{given}  BusName: {{Type: String, Default: ''}}\n"));
    let given = given.replace("EventBusName: !Ref Bus\n", "EventBusName: !Ref BusName\n");
    for value in ["company", "arn:aws:events:us-east-1:000000000000:event-bus/company"] {
        let template = read(&given, &[("BusName", value)]).unwrap();
        assert_eq!(template.event_buses, ["shop", "company"], "{value}");
        assert_eq!(template.event_rules[1].bus, "company", "{value}");
    }
    let role = "EventBridgePutEventsPolicy: {EventBusName: !Ref BusName}";
    let publishing = given.replace("EventBusName: !Ref BusName\n", "EventBusName: default\n");
    let publishing = publishing
        .replace("      Role: !GetAtt ProjectRole.Arn\n", &format!("      Policies: [{{{role}}}]\n"));
    assert_eq!(read(&publishing, &[("BusName", "company")]).unwrap().event_buses, ["shop", "company"]);
    assert_eq!(read(&publishing, &[("BusName", "default")]).unwrap().event_buses, ["shop"]);
}

/// Service authorization reference, "Resource types defined by Amazon `EventBridge`".
#[test]
fn the_arn_of_a_rule_has_its_bus() {
    for (bus, expected) in [
        ("EventBusName: !GetAtt Bus.Arn, ", "rule/shop/named"),
        ("EventBusName: default, ", "rule/named"),
        ("", "rule/named"),
    ] {
        let rule = format!(
            "  Named:\n    Type: AWS::Events::Rule\n    Properties: {{{bus}Name: named, EventPattern: {{source: [x]}}, \
             Targets: []}}\n"
        );
        let text = system().replace("LEVEL: !Ref Level", "LEVEL: !GetAtt Named.Arn") + &rule;
        let template = read(&text, &[]).unwrap();
        let arn = format!("arn:aws:events:us-east-1:000000000000:{expected}");
        assert_eq!(template.functions[0].environment["LEVEL"], arn);
        let named = template.event_rules.iter().find(|rule| rule.name == "named");
        assert_eq!(named.map(EventRule::arn), Some(arn));
    }
}

#[test]
fn what_the_stack_does_not_serve_is_refused_by_name() {
    for (from, to, expected) in [
        (
            "Id: queue}",
            "Id: queue, RoleArn: x}",
            "ToQueue, property Targets[0].RoleArn: is not supported locally",
        ),
        ("!GetAtt Failures.Arn, Id", "!GetAtt Changes.Arn, Id", "is neither a queue nor a function"),
        ("EventBusName: !Ref Bus", "EventBusName: other", "Event bus other does not exist"),
        (
            "!GetAtt Failures.Arn, Id",
            "'arn:aws:sqs:us-east-1:000000000000:x', Id",
            "queue x is not in this template",
        ),
        ("{source: [orders]", "{source: orders", "EventPattern: source must be a map or a list"),
        ("{source: [orders]", "{source: [{regex: a}]", "the operator regex with"),
        (
            "EventPattern: {source: [x]}",
            "ScheduleExpression: rate(1 minute)",
            "ScheduleExpression: is not supported",
        ),
    ] {
        let line = error(&system().replace(from, to), &[]);
        assert!(line.contains(expected), "{line}");
    }
}
