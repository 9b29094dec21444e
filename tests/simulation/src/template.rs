//! The deployed template, with an event bus.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use stack_template::{EventReceiver, EventRule, Function, Template};

use crate::world::SOURCE;

/// The template. Without a bus, it has no publisher and no rules.
pub(crate) static TEMPLATE: LazyLock<Template> = LazyLock::new(|| {
    let parameters = [("EventBusName", "default"), ("EventSource", SOURCE)];
    let parameters = parameters.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let path = stack_template::template_of(&stack_template::project());
    Template::read(&path, &BTreeMap::from(parameters), "http://127.0.0.1").unwrap()
});

/// The function in the template that runs `binary`.
pub(crate) fn function_of(binary: &str) -> &'static Function {
    TEMPLATE.functions.iter().find(|function| function.binary == binary).unwrap()
}

/// The rule of the event bus that invokes the function that runs `binary`.
pub(crate) fn rule_of(binary: &str) -> &'static EventRule {
    let receiver = EventReceiver::Function(function_of(binary).name.clone());
    let invokes = |rule: &&EventRule| rule.targets.iter().any(|target| target.receiver == receiver);
    TEMPLATE.event_rules.iter().find(invokes).unwrap()
}
