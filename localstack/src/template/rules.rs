//! `Rules`: what parameters must be together (`CloudFormation` user guide, "Rules syntax").

use serde_json::Value;

use super::conditions::holds;
use super::error::TemplateError;
use super::scope::Scope;

/// Holds the parameters against every rule of the template.
///
/// # Errors
/// [`TemplateError::Rule`], with the description of the assertion that does not hold.
pub(crate) fn check(scope: &Scope<'_>) -> Result<(), TemplateError> {
    for (name, rule) in scope.section("Rules").into_iter().flatten() {
        if let Some(problem) = problem_of(scope, rule).unwrap_or_else(Some) {
            return Err(TemplateError::Rule { name: name.clone(), problem });
        }
    }
    Ok(())
}

/// What does not hold; or else, what is wrong with the rule itself.
fn problem_of(scope: &Scope<'_>, rule: &Value) -> Result<Option<String>, String> {
    let applies = rule.get("RuleCondition").map_or(Ok(true), |condition| holds(scope, condition, 0))?;
    let assertions = rule.get("Assertions").and_then(Value::as_array).ok_or("has no Assertions")?;
    for assertion in assertions.iter().filter(|_| applies) {
        let claim = assertion.get("Assert").ok_or("an assertion has no Assert")?;
        if !holds(scope, claim, 0)? {
            let description = assertion.get("AssertDescription").and_then(Value::as_str);
            return Ok(Some(description.unwrap_or("does not hold").to_owned()));
        }
    }
    Ok(None)
}
