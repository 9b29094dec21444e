//! Evaluates intrinsic functions and conditions.
//!
//! A function may refer to a resource whose name is again a function, so these functions call each other. The parameter
//! `depth` stops circular references. Functions that need a deployed account (`ImportValue`, `GetAZs`, `Transform`, …)
//! are refused by name.

use serde_json::{Map, Value};
use stack_base::account::{DEFAULT_BUS, consumer_arn, name_of_arn, rule_arn};

use super::error::ExpressionError;
use super::names;
use super::scope::Scope;

type Result<T> = std::result::Result<T, ExpressionError>;

/// Maximum nesting of functions and references. A deeper nesting must be a circular reference.
const MAXIMUM_DEPTH: usize = 64;
/// The type of a stream's consumer.
const CONSUMER: &str = "AWS::Kinesis::StreamConsumer";
/// The type of a rule.
const RULE: &str = "AWS::Events::Rule";

/// The text of a scalar, as `CloudFormation` compares and joins it; `None` for a list, a map or null.
pub(crate) fn text_of(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(value) => Some(value.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

/// Checks the nesting depth, which detects circular references.
///
/// # Errors
/// [`ExpressionError::TooDeep`].
fn within_depth(depth: usize) -> Result<()> {
    if depth > MAXIMUM_DEPTH {
        return Err(ExpressionError::TooDeep);
    }
    Ok(())
}

/// Evaluates every intrinsic function in `value`. Returns `None` if the value is `AWS::NoValue`.
///
/// # Errors
/// What is wrong. The caller adds the resource and the property.
pub(crate) fn resolve(scope: &Scope<'_>, value: &Value, depth: usize) -> Result<Option<Value>> {
    within_depth(depth)?;
    match value {
        Value::Object(map) => match single_function(map) {
            Some((name, argument)) => call(scope, name, argument, depth + 1),
            None => resolve_map(scope, map, depth + 1).map(|map| Some(Value::Object(map))),
        },
        Value::Array(items) => resolve_list(scope, items, depth + 1).map(|items| Some(Value::Array(items))),
        scalar => Ok(Some(scalar.clone())),
    }
    .and_then(without_dynamic_reference)
}

/// Refuses a dynamic reference such as `{{resolve:ssm:name}}`, because only a deployment can resolve it. The check sees
/// the result of each function, and also the parts of a text that a function joins.
fn without_dynamic_reference(value: Option<Value>) -> Result<Option<Value>> {
    match value.as_ref().and_then(Value::as_str).and_then(|text| text.split_once("{{resolve:")) {
        Some((_, reference)) => {
            let service = reference.split([':', '}']).next().filter(|service| !service.is_empty());
            let service = service.unwrap_or("…");
            Err(ExpressionError::Unsupported(format!("the dynamic reference {{{{resolve:{service}}}}}")))
        }
        None => Ok(value),
    }
}

/// The name and argument of an intrinsic function; `None` for a map that is not one.
pub(crate) fn single_function(map: &Map<String, Value>) -> Option<(&str, &Value)> {
    let (name, argument) = map.iter().next().filter(|_| map.len() == 1)?;
    (name == "Ref" || name.starts_with("Fn::")).then_some((name.as_str(), argument))
}

fn resolve_map(scope: &Scope<'_>, map: &Map<String, Value>, depth: usize) -> Result<Map<String, Value>> {
    let mut resolved = Map::new();
    for (key, value) in map {
        if let Some(value) = resolve(scope, value, depth)? {
            resolved.insert(key.clone(), value);
        }
    }
    Ok(resolved)
}

fn resolve_list(scope: &Scope<'_>, items: &[Value], depth: usize) -> Result<Vec<Value>> {
    items.iter().filter_map(|item| resolve(scope, item, depth).transpose()).collect()
}

fn call(scope: &Scope<'_>, name: &str, argument: &Value, depth: usize) -> Result<Option<Value>> {
    match name {
        "Ref" => reference(scope, argument, depth),
        "Fn::If" => choose(scope, argument, depth),
        "Fn::FindInMap" => find_in_map(scope, argument, depth).map(Some),
        "Fn::GetAtt" => attribute(scope, argument, depth).map(Some),
        "Fn::Sub" => substitute(scope, argument, depth).map(Some),
        "Fn::Join" => join(scope, argument, depth).map(Some),
        "Fn::Select" => select(scope, argument, depth).map(Some),
        "Fn::Split" => split(scope, argument, depth).map(Some),
        other => Err(ExpressionError::Unsupported(other.to_owned())),
    }
}

fn reference(scope: &Scope<'_>, argument: &Value, depth: usize) -> Result<Option<Value>> {
    let name = argument.as_str().ok_or_else(|| takes("Ref", "the name of a parameter or resource"))?;
    if name == "AWS::NoValue" {
        return Ok(None);
    }
    reference_to(scope, name, depth).map(Some)
}

fn choose(scope: &Scope<'_>, argument: &Value, depth: usize) -> Result<Option<Value>> {
    let [condition, then, otherwise] = arguments(argument, "Fn::If", "a condition and two values")?;
    let condition = condition.as_str().ok_or_else(|| takes("Fn::If", "the name of a condition first"))?;
    let chosen = if self::condition(scope, condition, depth)? { then } else { otherwise };
    resolve(scope, chosen, depth)
}

/// Evaluates `Fn::FindInMap` with the names of a mapping, of a first and of a second key.
fn find_in_map(scope: &Scope<'_>, argument: &Value, depth: usize) -> Result<Value> {
    let names: [&Value; 3] = arguments(argument, "Fn::FindInMap", "the names of a mapping and of two keys")?;
    let mut path = Vec::with_capacity(names.len());
    for name in names {
        let name = resolve(scope, name, depth)?.as_ref().and_then(text_of);
        path.push(name.ok_or_else(|| takes("Fn::FindInMap", "the names of a mapping and of two keys"))?);
    }
    let found =
        scope.section("Mappings").and_then(|mappings| mappings.get(&path[0])?.get(&path[1])?.get(&path[2]));
    found.cloned().ok_or_else(|| ExpressionError::NoMapping(path.join(".")))
}

fn attribute(scope: &Scope<'_>, argument: &Value, depth: usize) -> Result<Value> {
    let path = match argument {
        Value::String(path) => path.clone(),
        Value::Array(parts) => parts.iter().filter_map(Value::as_str).collect::<Vec<_>>().join("."),
        _ => return Err(takes("Fn::GetAtt", "a resource and an attribute")),
    };
    let (resource, attribute) =
        path.split_once('.').ok_or_else(|| ExpressionError::NoAttribute(path.clone()))?;
    attribute_of(scope, resource, attribute, depth).map(Value::String)
}

/// Evaluates `Fn::Sub` with `${Name}`, `${Resource.Attribute}` and `${!literal}`. Names in the function's own map take
/// precedence.
fn substitute(scope: &Scope<'_>, argument: &Value, depth: usize) -> Result<Value> {
    let none = Map::new();
    let (template, own) = match argument {
        Value::String(template) => (template, &none),
        Value::Array(parts) => match parts.as_slice() {
            [Value::String(template), Value::Object(own)] => (template, own),
            _ => return Err(takes("Fn::Sub", "a text and a map")),
        },
        _ => return Err(takes("Fn::Sub", "a text, or a text and a map")),
    };
    let mut out = String::with_capacity(template.len());
    let mut rest = template.as_str();
    while let Some((before, after)) = rest.split_once("${") {
        let (name, remainder) =
            after.split_once('}').ok_or_else(|| ExpressionError::Unclosed(template.clone()))?;
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

fn substituted(scope: &Scope<'_>, name: &str, own: &Map<String, Value>, depth: usize) -> Result<String> {
    let value = match (own.get(name), name.split_once('.')) {
        (Some(value), _) => resolve(scope, value, depth)?,
        (None, Some((resource, attribute))) => {
            Some(Value::String(attribute_of(scope, resource, attribute, depth)?))
        }
        (None, None) => Some(reference_to(scope, name, depth)?),
    };
    value.as_ref().and_then(text_of).ok_or_else(|| ExpressionError::NotText(format!("${{{name}}}")))
}

fn join(scope: &Scope<'_>, argument: &Value, depth: usize) -> Result<Value> {
    let [separator, items] = arguments(argument, "Fn::Join", "a separator and a list")?;
    let separator = separator.as_str().ok_or_else(|| takes("Fn::Join", "a text first"))?;
    Ok(Value::String(texts(scope, items, "Fn::Join", depth)?.join(separator)))
}

fn select(scope: &Scope<'_>, argument: &Value, depth: usize) -> Result<Value> {
    let [index, items] = arguments(argument, "Fn::Select", "an index and a list")?;
    let index = text_of(index).and_then(|text| text.parse::<usize>().ok());
    let index = index.ok_or_else(|| takes("Fn::Select", "a number first"))?;
    let mut items = texts(scope, items, "Fn::Select", depth)?;
    if index >= items.len() {
        return Err(ExpressionError::NoItem { index, count: items.len() });
    }
    Ok(Value::String(items.swap_remove(index)))
}

fn split(scope: &Scope<'_>, argument: &Value, depth: usize) -> Result<Value> {
    let [separator, text] = arguments(argument, "Fn::Split", "a separator and a text")?;
    let separator = separator
        .as_str()
        .filter(|text| !text.is_empty())
        .ok_or_else(|| takes("Fn::Split", "a text first"))?;
    let text = resolve(scope, text, depth)?
        .as_ref()
        .and_then(text_of)
        .ok_or_else(|| takes("Fn::Split", "a text"))?;
    Ok(text.split(separator).map(Value::from).collect())
}

fn texts(scope: &Scope<'_>, items: &Value, function: &str, depth: usize) -> Result<Vec<String>> {
    let Some(Value::Array(items)) = resolve(scope, items, depth)? else {
        return Err(takes(function, "a list"));
    };
    let text = |item| text_of(item).ok_or_else(|| takes(function, "a list of texts"));
    items.iter().map(text).collect()
}

/// The elements of a function's argument, which must be a list of exactly `N`.
fn arguments<'v, const N: usize>(
    argument: &'v Value,
    function: &str,
    wanted: &'static str,
) -> Result<[&'v Value; N]> {
    let items: Vec<&Value> = argument.as_array().map(|items| items.iter().collect()).unwrap_or_default();
    items.try_into().map_err(|_| takes(function, wanted))
}

/// Evaluates a condition expression.
///
/// # Errors
/// What is wrong with the expression.
pub(crate) fn holds(scope: &Scope<'_>, expression: &Value, depth: usize) -> Result<bool> {
    within_depth(depth)?;
    let (name, argument) = expression
        .as_object()
        .and_then(|map| map.iter().next().filter(|_| map.len() == 1))
        .ok_or(ExpressionError::NotCondition)?;
    match name.as_str() {
        "Condition" => condition(scope, argument.as_str().unwrap_or_default(), depth + 1),
        "Fn::Equals" => equals(scope, argument, depth + 1),
        "Fn::Not" => {
            let [inner] = arguments(argument, "Fn::Not", "one condition")?;
            Ok(!holds(scope, inner, depth + 1)?)
        }
        "Fn::And" => Ok(each(scope, argument, depth + 1)?.into_iter().all(|held| held)),
        "Fn::Or" => Ok(each(scope, argument, depth + 1)?.into_iter().any(|held| held)),
        other => Err(ExpressionError::NotConditionFunction(other.to_owned())),
    }
}

fn each(scope: &Scope<'_>, argument: &Value, depth: usize) -> Result<Vec<bool>> {
    let inner = argument.as_array().filter(|list| list.len() >= 2).ok_or(ExpressionError::FewConditions)?;
    inner.iter().map(|condition| holds(scope, condition, depth)).collect()
}

/// Compares both sides as text, so a parameter's `1` equals the number 1.
fn equals(scope: &Scope<'_>, argument: &Value, depth: usize) -> Result<bool> {
    let [left, right] = arguments(argument, "Fn::Equals", "two values")?;
    let side = |value| -> Result<Value> {
        let value = resolve(scope, value, depth)?.unwrap_or(Value::Null);
        Ok(text_of(&value).map_or(value, Value::String))
    };
    Ok(side(left)? == side(right)?)
}

/// Evaluates a named condition.
fn condition(scope: &Scope<'_>, name: &str, depth: usize) -> Result<bool> {
    let condition = scope.section("Conditions").and_then(|conditions| conditions.get(name));
    let condition = condition.ok_or_else(|| ExpressionError::UnknownCondition(name.to_owned()))?;
    holds(scope, condition, depth)
        .map_err(|error| ExpressionError::Condition { name: name.to_owned(), error: Box::new(error) })
}

/// True if a declared resource is created, because it has no condition or its condition is true.
///
/// # Errors
/// What is wrong with the condition.
pub(crate) fn creates(scope: &Scope<'_>, declaration: &Value, depth: usize) -> Result<bool> {
    let name = declaration.get("Condition").and_then(Value::as_str);
    name.map_or(Ok(true), |name| condition(scope, name, depth))
}

/// Checks that the stack creates a resource to which an expression refers. `CloudFormation` refuses a reference to a resource
/// whose condition is false: "Unresolved resource dependencies".
///
/// # Errors
/// [`ExpressionError::NotCreated`], or what is wrong with the condition.
fn check_created(scope: &Scope<'_>, resource: &str, declaration: &Value, depth: usize) -> Result<()> {
    if creates(scope, declaration, depth + 1)? {
        return Ok(());
    }
    Err(ExpressionError::NotCreated(resource.to_owned()))
}

/// The name that the resource declares, or its logical id, which is the same in every run.
///
/// # Errors
/// What is wrong with the name property.
pub(crate) fn physical_name(
    scope: &Scope<'_>,
    logical_id: &str,
    declaration: &Value,
    depth: usize,
) -> Result<String> {
    let property = names::name_property(Scope::type_of(declaration));
    let given = property.and_then(|property| Some((property, declaration.get("Properties")?.get(property)?)));
    let Some((property, given)) = given else { return Ok(logical_id.to_owned()) };
    match resolve(scope, given, depth + 1)? {
        None => Ok(logical_id.to_owned()),
        Some(name) => {
            text_of(&name).ok_or_else(|| ExpressionError::NotText(format!("{property} of {logical_id}")))
        }
    }
}

/// Evaluates `Ref` for a name.
fn reference_to(scope: &Scope<'_>, name: &str, depth: usize) -> Result<Value> {
    if let Some(value) = scope.parameter(name) {
        return Ok(value);
    }
    let declaration = scope.resource(name).ok_or_else(|| ExpressionError::UnknownName(name.to_owned()))?;
    check_created(scope, name, declaration, depth)?;
    if Scope::type_of(declaration) == CONSUMER {
        return consumer(scope, name, declaration, depth).map(Value::String);
    }
    let physical = physical_name(scope, name, declaration, depth)?;
    Ok(Value::String(names::reference(Scope::type_of(declaration), physical, scope.endpoint)))
}

/// The ARN of a stream's consumer, which contains the ARN of the stream.
fn consumer(scope: &Scope<'_>, logical_id: &str, declaration: &Value, depth: usize) -> Result<String> {
    let stream = stream_of_consumer(scope, logical_id, declaration, depth)?;
    Ok(consumer_arn(&stream, &physical_name(scope, logical_id, declaration, depth)?))
}

/// The ARN of the stream that a consumer reads.
fn stream_of_consumer(
    scope: &Scope<'_>,
    logical_id: &str,
    declaration: &Value,
    depth: usize,
) -> Result<String> {
    let stream = declaration.pointer("/Properties/StreamARN").unwrap_or(&Value::Null);
    let stream = resolve(scope, stream, depth + 1)?.as_ref().and_then(text_of);
    stream.ok_or_else(|| ExpressionError::NotText(format!("StreamARN of {logical_id}")))
}

/// Evaluates `Fn::GetAtt`.
fn attribute_of(scope: &Scope<'_>, resource: &str, attribute: &str, depth: usize) -> Result<String> {
    let declaration = scope.resource(resource);
    let declaration = declaration.ok_or_else(|| ExpressionError::UnknownResource(resource.to_owned()))?;
    check_created(scope, resource, declaration, depth)?;
    let (kind, name) = (Scope::type_of(declaration), physical_name(scope, resource, declaration, depth)?);
    if (kind, attribute) == (CONSUMER, "ConsumerARN") {
        return consumer(scope, resource, declaration, depth);
    }
    if (kind, attribute) == (RULE, "Arn") {
        let bus = declaration.pointer("/Properties/EventBusName").unwrap_or(&Value::Null);
        let bus = resolve(scope, bus, depth + 1)?.as_ref().and_then(text_of);
        return Ok(rule_arn(bus.as_deref().map_or(DEFAULT_BUS, name_of_arn), &name));
    }
    if (kind, attribute) == (CONSUMER, "StreamARN") {
        return stream_of_consumer(scope, resource, declaration, depth);
    }
    names::attribute(kind, attribute, name, scope.endpoint).ok_or_else(|| ExpressionError::NoLocalValue {
        attribute: attribute.to_owned(),
        resource: resource.to_owned(),
        kind: kind.to_owned(),
    })
}

fn takes(function: &str, wanted: &'static str) -> ExpressionError {
    ExpressionError::Takes { function: function.to_owned(), wanted }
}
