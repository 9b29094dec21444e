//! Parameter values: defaults, what the caller set, and the limits the template puts on them.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::error::TemplateError;
use super::intrinsics::text_of;

/// Every parameter's value as `Ref` gives it: text, or a list of text for `CommaDelimitedList`.
///
/// # Errors
/// [`TemplateError::Parameter`] naming the parameter: unknown, without a value, or outside its limits.
pub(crate) fn parameter_values(
    document: &Value,
    given: &BTreeMap<String, String>,
) -> Result<BTreeMap<String, Value>, TemplateError> {
    let none = Map::new();
    let declared = document.get("Parameters").and_then(Value::as_object).unwrap_or(&none);
    if let Some(unknown) = given.keys().find(|name| !declared.contains_key(*name)) {
        let names: Vec<&str> = declared.keys().map(String::as_str).collect();
        return Err(error(
            unknown,
            format!("the template has no such parameter; it has {}", names.join(", ")),
        ));
    }
    let value_of = |(name, declaration): (&String, &Value)| {
        let value = value(declaration, given.get(name)).map_err(|problem| error(name, problem))?;
        Ok((name.clone(), value))
    };
    declared.iter().map(value_of).collect()
}

fn error(name: &str, problem: String) -> TemplateError {
    TemplateError::Parameter { name: name.to_owned(), problem }
}

fn value(declaration: &Value, given: Option<&String>) -> Result<Value, String> {
    let default = declaration.get("Default").and_then(text_of);
    let text = given.cloned().or(default).ok_or("has no default; give it with --param")?;
    match declaration.get("Type").and_then(Value::as_str) {
        Some("String") => within_length(declaration, &text)?,
        Some("Number") => within_range(declaration, &text)?,
        Some("CommaDelimitedList") => {
            return Ok(text.split(',').map(|item| Value::from(item.trim())).collect());
        }
        other => return Err(format!("type {} is not known locally", other.unwrap_or("(none)"))),
    }
    is_allowed(declaration, &text)?;
    Ok(Value::String(text))
}

fn is_allowed(declaration: &Value, text: &str) -> Result<(), String> {
    let Some(allowed) = declaration.get("AllowedValues").and_then(Value::as_array) else { return Ok(()) };
    let allowed: Vec<String> = allowed.iter().filter_map(text_of).collect();
    if allowed.iter().any(|value| value == text) {
        return Ok(());
    }
    Err(format!("{text} is not allowed; one of {}", allowed.join(", ")))
}

fn within_length(declaration: &Value, text: &str) -> Result<(), String> {
    let limit = |key| declaration.get(key).and_then(text_of).and_then(|limit| limit.parse::<usize>().ok());
    let length = text.chars().count();
    if limit("MinLength").is_some_and(|least| length < least) {
        return Err(format!("{text:?} is shorter than its MinLength"));
    }
    if limit("MaxLength").is_some_and(|most| length > most) {
        return Err(format!("{text:?} is longer than its MaxLength"));
    }
    Ok(())
}

fn within_range(declaration: &Value, text: &str) -> Result<(), String> {
    let number: f64 = text.parse().map_err(|_| format!("{text:?} is not a number"))?;
    let limit = |key| declaration.get(key).and_then(text_of).and_then(|limit| limit.parse::<f64>().ok());
    if let Some(least) = limit("MinValue").filter(|least| number < *least) {
        return Err(format!("{text} is less than its MinValue of {least}"));
    }
    if let Some(most) = limit("MaxValue").filter(|most| number > *most) {
        return Err(format!("{text} is more than its MaxValue of {most}"));
    }
    Ok(())
}
