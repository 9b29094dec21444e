//! Intrinsic functions: from what the template says to what it means.
//!
//! Functions that need a deployed account (`ImportValue`, `GetAZs`, `Transform`, …) are refused by name.

use serde_json::{Map, Value};

use super::scope::Scope;

/// Deepest nesting of functions and references; past it, something refers to itself.
const MAXIMUM_DEPTH: usize = 64;

/// Text of a scalar as `CloudFormation` compares and joins it; `None` for a list, a map or null.
pub(crate) fn text_of(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(value) => Some(value.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

/// Refuses a nesting that no template written by hand reaches.
///
/// # Errors
/// What is wrong, without the place.
pub(crate) fn within_depth(depth: usize) -> Result<(), String> {
    if depth > MAXIMUM_DEPTH {
        return Err("refers to itself, or is nested too deeply".to_owned());
    }
    Ok(())
}

/// `value` with every intrinsic function in it evaluated; `None` where it is `AWS::NoValue`.
///
/// # Errors
/// What is wrong, without the place: the caller knows the resource and the property.
pub(crate) fn resolve(scope: &Scope<'_>, value: &Value, depth: usize) -> Result<Option<Value>, String> {
    within_depth(depth)?;
    match value {
        Value::Object(map) => match single_function(map) {
            Some((name, argument)) => call(scope, name, argument, depth + 1),
            None => resolve_map(scope, map, depth + 1).map(|map| Some(Value::Object(map))),
        },
        Value::Array(items) => resolve_list(scope, items, depth + 1).map(|items| Some(Value::Array(items))),
        scalar => Ok(Some(scalar.clone())),
    }
}

/// The name and argument of a map that is an intrinsic function.
pub(crate) fn single_function(map: &Map<String, Value>) -> Option<(&str, &Value)> {
    let (name, argument) = map.iter().next().filter(|_| map.len() == 1)?;
    (name == "Ref" || name.starts_with("Fn::")).then_some((name.as_str(), argument))
}

fn resolve_map(
    scope: &Scope<'_>,
    map: &Map<String, Value>,
    depth: usize,
) -> Result<Map<String, Value>, String> {
    let mut resolved = Map::new();
    for (key, value) in map {
        if let Some(value) = resolve(scope, value, depth)? {
            resolved.insert(key.clone(), value);
        }
    }
    Ok(resolved)
}

fn resolve_list(scope: &Scope<'_>, items: &[Value], depth: usize) -> Result<Vec<Value>, String> {
    items.iter().filter_map(|item| resolve(scope, item, depth).transpose()).collect()
}

fn call(scope: &Scope<'_>, name: &str, argument: &Value, depth: usize) -> Result<Option<Value>, String> {
    match name {
        "Ref" => reference(scope, argument, depth),
        "Fn::If" => choose(scope, argument, depth),
        "Fn::GetAtt" => attribute(scope, argument, depth).map(Some),
        "Fn::Sub" => substitute(scope, argument, depth).map(Some),
        "Fn::Join" => join(scope, argument, depth).map(Some),
        "Fn::Select" => select(scope, argument, depth).map(Some),
        "Fn::Split" => split(scope, argument, depth).map(Some),
        other => Err(format!("{other} is not supported locally")),
    }
}

fn reference(scope: &Scope<'_>, argument: &Value, depth: usize) -> Result<Option<Value>, String> {
    let name = argument.as_str().ok_or("Ref takes the name of a parameter or resource")?;
    if name == "AWS::NoValue" {
        return Ok(None);
    }
    scope.reference(name, depth).map(Some)
}

fn choose(scope: &Scope<'_>, argument: &Value, depth: usize) -> Result<Option<Value>, String> {
    let [condition, then, otherwise] = arguments(argument, "Fn::If", "a condition and two values")?;
    let condition = condition.as_str().ok_or("Fn::If takes the name of a condition first")?;
    let chosen = if scope.condition(condition, depth)? { then } else { otherwise };
    resolve(scope, chosen, depth)
}

fn attribute(scope: &Scope<'_>, argument: &Value, depth: usize) -> Result<Value, String> {
    let path = match argument {
        Value::String(path) => path.clone(),
        Value::Array(parts) => parts.iter().filter_map(Value::as_str).collect::<Vec<_>>().join("."),
        _ => return Err("Fn::GetAtt takes a resource and an attribute".to_owned()),
    };
    let (resource, attribute) =
        path.split_once('.').ok_or_else(|| format!("Fn::GetAtt {path} names no attribute"))?;
    scope.attribute(resource, attribute, depth).map(Value::String)
}

/// `Fn::Sub`: `${Name}`, `${Resource.Attribute}`, `${!literal}`, and names of its own map first.
fn substitute(scope: &Scope<'_>, argument: &Value, depth: usize) -> Result<Value, String> {
    let none = Map::new();
    let (template, own) = match argument {
        Value::String(template) => (template, &none),
        Value::Array(parts) => match parts.as_slice() {
            [Value::String(template), Value::Object(own)] => (template, own),
            _ => return Err("Fn::Sub takes a text and a map".to_owned()),
        },
        _ => return Err("Fn::Sub takes a text, or a text and a map".to_owned()),
    };
    let mut out = String::with_capacity(template.len());
    let mut rest = template.as_str();
    while let Some((before, after)) = rest.split_once("${") {
        let (name, remainder) = after.split_once('}').ok_or_else(|| format!("{template:?} lacks a }}"))?;
        out.push_str(before);
        match name.strip_prefix('!') {
            Some(literal) => out.extend(["${", literal, "}"]),
            None => out.push_str(&substituted(scope, name.trim(), own, depth)?),
        }
        rest = remainder;
    }
    out.push_str(rest);
    Ok(Value::String(out))
}

fn substituted(
    scope: &Scope<'_>,
    name: &str,
    own: &Map<String, Value>,
    depth: usize,
) -> Result<String, String> {
    let value = match (own.get(name), name.split_once('.')) {
        (Some(value), _) => resolve(scope, value, depth)?,
        (None, Some((resource, attribute))) => {
            Some(Value::String(scope.attribute(resource, attribute, depth)?))
        }
        (None, None) => Some(scope.reference(name, depth)?),
    };
    value.as_ref().and_then(text_of).ok_or_else(|| format!("${{{name}}} is not text"))
}

fn join(scope: &Scope<'_>, argument: &Value, depth: usize) -> Result<Value, String> {
    let [separator, items] = arguments(argument, "Fn::Join", "a separator and a list")?;
    let separator = separator.as_str().ok_or("Fn::Join takes a text first")?;
    Ok(Value::String(texts(scope, items, "Fn::Join", depth)?.join(separator)))
}

fn select(scope: &Scope<'_>, argument: &Value, depth: usize) -> Result<Value, String> {
    let [index, items] = arguments(argument, "Fn::Select", "an index and a list")?;
    let index = text_of(index).and_then(|text| text.parse::<usize>().ok());
    let index = index.ok_or("Fn::Select takes a number first")?;
    let mut items = texts(scope, items, "Fn::Select", depth)?;
    if index >= items.len() {
        return Err(format!("Fn::Select asks for item {index} of {}", items.len()));
    }
    Ok(Value::String(items.swap_remove(index)))
}

fn split(scope: &Scope<'_>, argument: &Value, depth: usize) -> Result<Value, String> {
    let [separator, text] = arguments(argument, "Fn::Split", "a separator and a text")?;
    let separator =
        separator.as_str().filter(|text| !text.is_empty()).ok_or("Fn::Split takes a text first")?;
    let text = resolve(scope, text, depth)?.as_ref().and_then(text_of).ok_or("Fn::Split takes a text")?;
    Ok(text.split(separator).map(Value::from).collect())
}

fn texts(scope: &Scope<'_>, items: &Value, function: &str, depth: usize) -> Result<Vec<String>, String> {
    let Some(Value::Array(items)) = resolve(scope, items, depth)? else {
        return Err(format!("{function} takes a list"));
    };
    let text = |item| text_of(item).ok_or_else(|| format!("{function} takes a list of texts"));
    items.iter().map(text).collect()
}

/// The elements of a function's argument list, which must be exactly `N`.
pub(crate) fn arguments<'v, const N: usize>(
    argument: &'v Value,
    function: &str,
    wanted: &str,
) -> Result<[&'v Value; N], String> {
    let items: Vec<&Value> = argument.as_array().map(|items| items.iter().collect()).unwrap_or_default();
    items.try_into().map_err(|_| format!("{function} takes {wanted}"))
}
