//! Condition functions: `Equals`, `And`, `Or`, `Not` and `Condition`.

use serde_json::Value;

use super::intrinsics::{arguments, resolve, text_of, within_depth};
use super::scope::Scope;

/// Whether a condition expression holds.
///
/// # Errors
/// What is wrong with it.
pub(crate) fn holds(scope: &Scope<'_>, expression: &Value, depth: usize) -> Result<bool, String> {
    within_depth(depth)?;
    let (name, argument) = expression
        .as_object()
        .and_then(|map| map.iter().next().filter(|_| map.len() == 1))
        .ok_or("is not a condition function")?;
    match name.as_str() {
        "Condition" => scope.condition(argument.as_str().unwrap_or_default(), depth + 1),
        "Fn::Equals" => equals(scope, argument, depth + 1),
        "Fn::Not" => {
            let [inner] = arguments(argument, "Fn::Not", "one condition")?;
            Ok(!holds(scope, inner, depth + 1)?)
        }
        "Fn::And" => Ok(each(scope, argument, depth + 1)?.into_iter().all(|held| held)),
        "Fn::Or" => Ok(each(scope, argument, depth + 1)?.into_iter().any(|held| held)),
        other => Err(format!("{other} is not a condition function")),
    }
}

fn each(scope: &Scope<'_>, argument: &Value, depth: usize) -> Result<Vec<bool>, String> {
    let inner = argument.as_array().filter(|list| list.len() >= 2).ok_or("takes two conditions or more")?;
    inner.iter().map(|condition| holds(scope, condition, depth)).collect()
}

/// Both sides as text: a parameter's `1` equals a number 1.
fn equals(scope: &Scope<'_>, argument: &Value, depth: usize) -> Result<bool, String> {
    let [left, right] = arguments(argument, "Fn::Equals", "two values")?;
    let side = |value| -> Result<Value, String> {
        let value = resolve(scope, value, depth)?.unwrap_or(Value::Null);
        Ok(text_of(&value).map_or(value, Value::String))
    };
    Ok(side(left)? == side(right)?)
}
