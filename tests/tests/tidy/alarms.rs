//! Checks the template's alarms: every function has its alarms, no alarm lists functions, and every alarm that is not a
//! part of a composite alarm sends its state.
//!
//! The checks read the text of the template. Tests can therefore remove a line from the text and see the check fail.

use std::collections::{BTreeMap, BTreeSet};

use crate::registry::{resources, text};

/// The most metrics in one alarm.
///
/// Source: Amazon CloudWatch User Guide, "Limits that apply to alarms based on metric math expressions".
const MAX_METRICS: usize = 10;

/// The source of a function's invocations, which decides its alarms.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Source {
    /// A route of the HTTP API. The alarms on the API's 5xx cover the function.
    Http,
    /// The change stream.
    Stream,
    /// An operator or a schedule.
    Operator,
}

impl Source {
    fn from_function(resource: &str) -> Self {
        match resource {
            _ if resource.contains("Type: HttpApi\n") => Self::Http,
            _ if resource.contains("Type: Kinesis\n") => Self::Stream,
            _ => Self::Operator,
        }
    }

    /// The Lambda metrics that need an alarm for each function with this source, and the suffix of the alarm's name.
    const fn alarms(self) -> &'static [(&'static str, &'static str)] {
        match self {
            Self::Http => &[],
            Self::Stream => {
                &[("IteratorAge", "AgeAlarm"), ("Errors", "ErrorAlarm"), ("Throttles", "ThrottleAlarm")]
            }
            Self::Operator => &[("Errors", "ErrorAlarm")],
        }
    }
}

/// The functions of `template` with their logical ids.
fn functions(template: &str) -> BTreeMap<String, Source> {
    let functions = resources(template).into_iter();
    let functions = functions.filter(|(_, resource)| resource.contains("Type: AWS::Serverless::Function\n"));
    functions.map(|(id, resource)| (id, Source::from_function(&resource))).collect()
}

/// The alarms of `template` with their logical ids.
fn alarms(template: &str) -> BTreeMap<String, String> {
    let mut resources = resources(template);
    resources.retain(|_, resource| resource.contains("Type: AWS::CloudWatch::Alarm\n"));
    resources
}

/// The composite alarms of `template` with their logical ids.
fn composites(template: &str) -> BTreeMap<String, String> {
    let mut resources = resources(template);
    resources.retain(|_, resource| resource.contains("Type: AWS::CloudWatch::CompositeAlarm\n"));
    resources
}

/// The logical ids of the alarms that the composite alarms of `template` watch.
fn parts(template: &str) -> BTreeSet<String> {
    let mut parts = BTreeSet::new();
    for composite in composites(template).values() {
        let named = composite.split("ALARM(\"${").skip(1).filter_map(|rest| rest.split_once('}'));
        parts.extend(named.map(|(id, _)| id.to_owned()));
    }
    parts
}

/// The last function before the resource `id` in `template`.
fn function_above<'t>(template: &'t str, id: &str) -> Option<&'t str> {
    let (before, _) = template.split_once(&format!("\n  {id}:\n"))?;
    let is_function = |line: &&str| line.starts_with("  ") && line.ends_with("Function:");
    before.lines().rfind(is_function).map(|line| line.trim().trim_end_matches(':'))
}

/// The errors in the alarms of `template`, each with its cure.
fn wrong(template: &str) -> Vec<String> {
    let alarms = alarms(template);
    let mut wrong = Vec::new();
    for (function, source) in functions(template) {
        let name = function.trim_end_matches("Function");
        for (metric, suffix) in source.alarms() {
            let id = format!("{name}{suffix}");
            let dimension = format!("Dimensions: [{{Name: FunctionName, Value: !Ref {function}}}]\n");
            let is_right = |alarm: &String| {
                alarm.contains(&format!("      MetricName: {metric}\n"))
                    && alarm.contains("      Namespace: AWS/Lambda\n")
                    && alarm.contains(&dimension)
            };
            if !alarms.get(&id).is_some_and(is_right) {
                wrong.push(format!(
                    "{function}: add the alarm {id} on {metric} below the function in template.yaml"
                ));
            } else if function_above(template, &id) != Some(function.as_str()) {
                wrong.push(format!("{function}: move {id} below the function in template.yaml"));
            }
        }
    }
    for (id, alarm) in &alarms {
        if alarm.matches("MetricStat:").count() > MAX_METRICS {
            wrong.push(format!("{id} in template.yaml has more than {MAX_METRICS} metrics: split it"));
        }
        let lists = alarm.contains("      Metrics:\n");
        if lists && (alarm.contains("FunctionName") || alarm.contains("Name: operation")) {
            wrong.push(format!(
                "{id} in template.yaml has metric math over functions: a new function would be forgotten in it"
            ));
        }
    }
    let parts = parts(template);
    for id in parts.iter().filter(|id| !alarms.contains_key(*id)) {
        wrong.push(format!("a composite alarm in template.yaml watches {id}, which is not an alarm"));
    }
    for (id, alarm) in alarms.iter().chain(&composites(template)) {
        let sends = alarm.contains("      AlarmActions: !If [AlarmsAreSent, ");
        if !sends && !parts.contains(id) {
            wrong
                .push(format!("{id} in template.yaml: add the line AlarmActions that the other alarms have"));
        } else if sends && parts.contains(id) {
            wrong.push(format!(
                "{id} in template.yaml: remove AlarmActions, because its composite alarm sends"
            ));
        }
    }
    for (metric, cure) in [("\"5xx\"", "errors"), ("\"Count\"", "requests")] {
        let named = format!("MetricName: {metric}");
        let of_api = "Dimensions: [{Name: ApiId, Value: !Ref HttpApi}]";
        if !alarms.values().any(|alarm| alarm.contains(&named) && alarm.contains(of_api)) {
            wrong.push(format!("no alarm in template.yaml counts the {cure} of the HTTP API ({metric})"));
        }
    }
    let reads_missed_commits = |alarm: &String| alarm.contains("      MetricName: GenerationBehind\n");
    if !alarms.values().any(|alarm| reads_missed_commits(alarm) && !alarm.contains("    Condition: ")) {
        wrong.push("no alarm in template.yaml always reads GenerationBehind".to_owned());
    }
    wrong
}

#[test]
fn every_function_has_its_alarms_and_no_alarm_lists_functions() {
    assert_eq!(wrong(&text()), [] as [String; 0]);
}

/// Removes the line `number` from `text`.
fn without(text: &str, number: usize) -> String {
    let lines = text.lines().enumerate().filter(|(other, _)| *other != number);
    lines.map(|(_, line)| line).collect::<Vec<_>>().join("\n")
}

/// Tests the check: if a line that ties an alarm to its function is missing, the function is reported.
#[test]
fn a_function_without_an_alarm_is_reported() {
    let text = text();
    let mut removed = 0;
    for (function, source) in functions(&text) {
        let dimension = format!("Dimensions: [{{Name: FunctionName, Value: !Ref {function}}}]");
        let lines: Vec<usize> = text
            .lines()
            .enumerate()
            .filter(|(_, line)| line.contains(&dimension))
            .map(|(at, _)| at)
            .collect();
        assert_eq!(lines.len(), source.alarms().len(), "{function}");
        for dimension in lines {
            // Namespace, metric and dimension are on consecutive lines.
            for line in [dimension, dimension - 1, dimension - 2] {
                let found = wrong(&without(&text, line));
                assert!(found.len() == 1 && found[0].starts_with(&function), "line {line}: {found:?}");
            }
            removed += 1;
        }
    }
    assert!(removed >= 18, "{removed}");
}

#[test]
fn an_alarm_far_from_its_function_is_reported() {
    let text = text();
    let moved = text.replace("  ReconcileErrorAlarm:\n", "  Renamed:\n");
    assert!(wrong(&moved)[0].starts_with("ReconcileFunction: add the alarm ReconcileErrorAlarm on Errors"));
    let alarm = resources(&text)["RedriveErrorAlarm"].clone();
    let moved = text.replace(&alarm, "").replace("\n  Dashboard:\n", &format!("\n{alarm}\n  Dashboard:\n"));
    assert_eq!(
        wrong(&moved),
        ["RedriveFunction: move RedriveErrorAlarm below the function in template.yaml"]
    );
}

#[test]
fn an_alarm_that_lists_functions_or_has_too_many_metrics_is_reported() {
    let text = text();
    let metric = "        - Id: errors\n";
    assert_eq!(text.matches(metric).count(), 1);
    let of_function = "        - Id: m0\n          MetricStat:\n            Metric: {Namespace: AWS/Lambda, MetricName: Errors, Dimensions: [{Name: FunctionName, Value: !Ref GetOrderFunction}]}\n";
    let found = wrong(&text.replace(metric, &format!("{of_function}{metric}")));
    assert!(found.len() == 1 && found[0].contains("metric math over functions"), "{found:?}");
    let of_operation = of_function.replace("FunctionName", "operation").replace("!Ref ", "");
    let found = wrong(&text.replace(metric, &format!("{of_operation}{metric}")));
    assert!(found.len() == 1 && found[0].contains("metric math over functions"), "{found:?}");
    let another = "        - Id: more\n          MetricStat: {}\n";
    let found = wrong(&text.replace(metric, &format!("{}{metric}", another.repeat(8))));
    assert_eq!(found, [] as [String; 0], "ten metrics");
    let found = wrong(&text.replace(metric, &format!("{}{metric}", another.repeat(9))));
    assert!(found.len() == 1 && found[0].contains("more than 10 metrics"), "{found:?}");
}

#[test]
fn missing_api_alarms_and_alarms_without_an_action_are_reported() {
    let text = text();
    let found = wrong(&text.replace("MetricName: \"5xx\"", "MetricName: \"4xx\""));
    assert_eq!(found, ["no alarm in template.yaml counts the errors of the HTTP API (\"5xx\")"]);
    let found = wrong(&text.replace("MetricName: \"Count\"", "MetricName: \"4xx\""));
    assert_eq!(found, ["no alarm in template.yaml counts the requests of the HTTP API (\"Count\")"]);
    let head = "  GenerationBehindAlarm:\n    Type: AWS::CloudWatch::Alarm\n";
    let conditional = format!("{head}    Condition: AlarmsAreSent\n");
    assert!(text.contains(head));
    for other in
        [text.replace("MetricName: GenerationBehind", "MetricName: Behind"), text.replace(head, &conditional)]
    {
        assert_eq!(wrong(&other), ["no alarm in template.yaml always reads GenerationBehind"]);
    }
    let actions: Vec<usize> = text
        .lines()
        .enumerate()
        .filter(|(_, line)| line.starts_with("      AlarmActions: "))
        .map(|(at, _)| at)
        .collect();
    assert_eq!(actions.len(), alarms(&text).len() + composites(&text).len() - parts(&text).len());
    for line in actions {
        let found = wrong(&without(&text, line));
        assert!(found.len() == 1 && found[0].contains("AlarmActions"), "line {line}: {found:?}");
    }
}

#[test]
fn a_part_of_a_composite_alarm_sends_nothing_and_exists() {
    let text = text();
    assert_eq!((composites(&text).len(), parts(&text).len()), (4, 8));
    for part in parts(&text) {
        let watched = format!("ALARM(\"${{{part}}}\")");
        let found = wrong(&text.replace(&watched, "TRUE"));
        assert!(
            found.len() == 1 && found[0].contains(&part) && found[0].contains("add the line"),
            "{found:?}"
        );
        let found = wrong(&text.replace(&format!("  {part}:\n"), "  Renamed:\n"));
        assert!(found.iter().any(|one| one.contains(&part) && one.contains("not an alarm")), "{found:?}");
        let actions = "      AlarmActions: !If [AlarmsAreSent, []]\n";
        let resource = format!("  {part}:\n    Type: AWS::CloudWatch::Alarm\n    Properties:\n");
        let found = wrong(&text.replace(&resource, &format!("{resource}{actions}")));
        assert!(found.len() == 1 && found[0].contains("remove AlarmActions"), "{found:?}");
    }
}
