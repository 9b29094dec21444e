//! Counts the resources of the template that cost money without any request.

use serde_json::Value;

/// The resources that the defaults of the parameters create.
#[derive(Debug, Default)]
pub(crate) struct Resources {
    /// Metrics that alarms watch.
    pub(crate) alarm_metrics: usize,
    /// Composite alarms.
    pub(crate) composites: usize,
    /// Dashboards.
    pub(crate) dashboards: usize,
    /// Projections that read the stream.
    pub(crate) consumers: usize,
    /// Scheduled invocations in a month of 730 hours.
    pub(crate) scheduled: f64,
    /// The default of the parameter `TraceSampleRatio`.
    pub(crate) sampled: f64,
}

/// Reads `template.yaml`.
pub(crate) fn from_template() -> Resources {
    let path = stack_template::template_of(&stack_template::project());
    let text = std::fs::read_to_string(path).expect("a template");
    let template = stack_template::parse_yaml(&text).expect("a template in YAML");
    let sampled = template["Parameters"]["TraceSampleRatio"]["Default"].as_f64().expect("a ratio");
    let mut counted = Resources { sampled, ..Resources::default() };
    for resource in template["Resources"].as_object().expect("resources").values() {
        // The defaults publish no events.
        if resource["Condition"] == "PublishesEvents" {
            continue;
        }
        let properties = &resource["Properties"];
        match resource["Type"].as_str().expect("a type") {
            "AWS::CloudWatch::Alarm" => counted.alarm_metrics += metrics(properties),
            "AWS::CloudWatch::CompositeAlarm" => counted.composites += 1,
            "AWS::CloudWatch::Dashboard" => counted.dashboards += 1,
            "AWS::Serverless::Function" => {
                for event in properties["Events"].as_object().into_iter().flat_map(|events| events.values()) {
                    match event["Type"].as_str() {
                        Some("Kinesis") => counted.consumers += 1,
                        Some("Schedule") => counted.scheduled += monthly(&event["Properties"]["Schedule"]),
                        _ => {}
                    }
                }
            }
            _ => {}
        }
    }
    counted
}

/// The metrics of an alarm: its one metric, or those that its metric math reads.
fn metrics(alarm: &Value) -> usize {
    let queries = alarm["Metrics"].as_array();
    queries.map_or(1, |queries| queries.iter().filter(|query| query.get("MetricStat").is_some()).count())
}

/// The invocations in a month of a schedule such as `rate(5 minutes)`.
fn monthly(schedule: &Value) -> f64 {
    let rate = schedule.as_str().and_then(|text| text.strip_prefix("rate(")?.strip_suffix(')'));
    let (number, unit) = rate.and_then(|rate| rate.split_once(' ')).expect("a rate");
    let minutes = match unit.trim_end_matches('s') {
        "minute" => 1.0,
        "hour" => 60.0,
        _ => panic!("{unit} is no unit that a schedule of this template has"),
    };
    super::prices::HOURS * 60.0 / (minutes * number.parse::<f64>().expect("a number"))
}
