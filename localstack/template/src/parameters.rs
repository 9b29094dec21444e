//! Parameter values: defaults, given values, and the template's `Rules` (`CloudFormation` user guide, "Rules
//! syntax").

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::constraints;
use super::error::{ParameterError, RuleError, TemplateError};
use super::expressions::{holds, text_of};
use super::scope::Scope;

/// The values of all parameters as `Ref` returns them: text, or a list of texts for `CommaDelimitedList`. A parameter
/// without a value and without a default other than an empty one gets its value in `local`, if it has one there.
///
/// # Errors
/// [`TemplateError::Parameter`] when a parameter is unknown, has no value, or is outside its limits.
pub(crate) fn parameter_values(
    document: &Value,
    given: &BTreeMap<String, String>,
    local: &BTreeMap<String, String>,
) -> Result<BTreeMap<String, Value>, TemplateError> {
    let none = Map::new();
    let declared = document.get("Parameters").and_then(Value::as_object).unwrap_or(&none);
    if let Some(unknown) = given.keys().find(|name| !declared.contains_key(*name)) {
        let known = declared.keys().cloned().collect();
        return Err(error(unknown, ParameterError::Unknown(known)));
    }
    let local_defaults = local_defaults(document);
    if let Some(unknown) = local_defaults.keys().find(|name| !declared.contains_key(*name)) {
        let known = declared.keys().cloned().collect();
        return Err(error(unknown, ParameterError::Unknown(known)));
    }
    let value_of = |(name, declaration): (&String, &Value)| {
        let given = given.get(name).or_else(|| local_defaults.get(name)).cloned();
        let value = value(declaration, given, local.get(name));
        Ok((name.clone(), value.map_err(|problem| error(name, problem))?))
    };
    declared.iter().map(value_of).collect()
}

/// The defaults of the local stack, which replace those of the template: `Parameters` of the metadata `CargoLocal`.
fn local_defaults(document: &Value) -> BTreeMap<String, String> {
    let defaults = document.pointer("/Metadata/CargoLocal/Parameters").and_then(Value::as_object);
    let text = |(name, value): (&String, &Value)| Some((name.clone(), text_of(value)?));
    defaults.into_iter().flatten().filter_map(text).collect()
}

/// The template file is also checked: a default outside its own limits is an error, as in `CloudFormation`.
fn value(
    declaration: &Value,
    given: Option<String>,
    local: Option<&String>,
) -> Result<Value, ParameterError> {
    let default = declaration.get("Default").and_then(text_of);
    match (given.or(default.filter(|default| local.is_none() || !default.is_empty())), local) {
        (Some(text), _) => constraints::checked(declaration, &text),
        // The development issuer has no https address, which the template requires of a deployment.
        (None, Some(local)) => constraints::value(declaration, local),
        (None, None) => Err(ParameterError::Absent),
    }
}

fn error(name: &str, problem: ParameterError) -> TemplateError {
    TemplateError::Parameter { name: name.to_owned(), problem }
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
