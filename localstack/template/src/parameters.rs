//! Parameter values: defaults, given values, limits, and the template's `Rules` (`CloudFormation` user guide, "Rules
//! syntax").

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::error::{ParameterError, RuleError, TemplateError};
use super::expressions::{holds, text_of};
use super::scope::Scope;

/// The values of all parameters as `Ref` returns them: text, or a list of texts for `CommaDelimitedList`.
///
/// # Errors
/// [`TemplateError::Parameter`] when a parameter is unknown, has no value, or is outside its limits.
pub(crate) fn parameter_values(
    document: &Value,
    given: &BTreeMap<String, String>,
) -> Result<BTreeMap<String, Value>, TemplateError> {
    let none = Map::new();
    let declared = document.get("Parameters").and_then(Value::as_object).unwrap_or(&none);
    if let Some(unknown) = given.keys().find(|name| !declared.contains_key(*name)) {
        let known = declared.keys().cloned().collect();
        return Err(error(unknown, ParameterError::Unknown(known)));
    }
    let value_of = |(name, declaration): (&String, &Value)| {
        let value = value(declaration, given.get(name)).map_err(|problem| error(name, problem))?;
        Ok((name.clone(), value))
    };
    declared.iter().map(value_of).collect()
}

fn error(name: &str, problem: ParameterError) -> TemplateError {
    TemplateError::Parameter { name: name.to_owned(), problem }
}

fn value(declaration: &Value, given: Option<&String>) -> Result<Value, ParameterError> {
    let default = declaration.get("Default").and_then(text_of);
    let text = given.cloned().or(default).ok_or(ParameterError::Absent)?;
    match declaration.get("Type").and_then(Value::as_str) {
        Some("String") => within_length(declaration, &text)?,
        Some("Number") => within_range(declaration, &text)?,
        Some("CommaDelimitedList") => {
            return Ok(text.split(',').map(|item| Value::from(item.trim())).collect());
        }
        other => return Err(ParameterError::Type(other.unwrap_or("(none)").to_owned())),
    }
    is_allowed(declaration, &text)?;
    Ok(Value::String(text))
}

fn is_allowed(declaration: &Value, text: &str) -> Result<(), ParameterError> {
    let Some(allowed) = declaration.get("AllowedValues").and_then(Value::as_array) else { return Ok(()) };
    let allowed: Vec<String> = allowed.iter().filter_map(text_of).collect();
    if allowed.iter().any(|value| value == text) {
        return Ok(());
    }
    Err(ParameterError::NotAllowed { value: text.to_owned(), allowed })
}

fn within_length(declaration: &Value, text: &str) -> Result<(), ParameterError> {
    let limit = |key| declaration.get(key).and_then(text_of).and_then(|limit| limit.parse::<usize>().ok());
    let length = text.chars().count();
    if limit("MinLength").is_some_and(|least| length < least) {
        return Err(ParameterError::Short(text.to_owned()));
    }
    if limit("MaxLength").is_some_and(|most| length > most) {
        return Err(ParameterError::Long(text.to_owned()));
    }
    Ok(())
}

fn within_range(declaration: &Value, text: &str) -> Result<(), ParameterError> {
    let number: f64 = text.parse().map_err(|_| ParameterError::NotNumber(text.to_owned()))?;
    let limit = |key| declaration.get(key).and_then(text_of).and_then(|limit| limit.parse::<f64>().ok());
    if let Some(least) = limit("MinValue").filter(|least| number < *least) {
        return Err(ParameterError::Small(text.to_owned(), least));
    }
    if let Some(most) = limit("MaxValue").filter(|most| number > *most) {
        return Err(ParameterError::Large(text.to_owned(), most));
    }
    Ok(())
}

/// Checks the parameters against the rules of the template.
///
/// # Errors
/// [`TemplateError::Rule`] with the description of the assertion that is false.
pub(crate) fn check_rules(scope: &Scope<'_>) -> Result<(), TemplateError> {
    for (name, rule) in scope.section("Rules").into_iter().flatten() {
        check_rule(scope, rule).map_err(|problem| TemplateError::Rule { name: name.clone(), problem })?;
    }
    Ok(())
}

fn check_rule(scope: &Scope<'_>, rule: &Value) -> Result<(), RuleError> {
    let applies = rule.get("RuleCondition").map_or(Ok(true), |condition| holds(scope, condition, 0))?;
    let assertions = rule.get("Assertions").and_then(Value::as_array).ok_or(RuleError::NoAssertions)?;
    for assertion in assertions.iter().filter(|_| applies) {
        if !holds(scope, assertion.get("Assert").ok_or(RuleError::NoAssert)?, 0)? {
            let description = assertion.get("AssertDescription").and_then(Value::as_str);
            return Err(RuleError::Broken(description.unwrap_or("does not hold").to_owned()));
        }
    }
    Ok(())
}
