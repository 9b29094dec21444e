//! Generates any event that a schema allows, and checks that the code reads it.

use es_core::{DecodeError, DomainEvent, StoredEvent, decode, encode};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::{BoxedStrategy, Just, Strategy, any};
use proptest::test_runner::{Config, TestCaseError, TestRunner};
use serde_json::{Map, Value};

use crate::compatibility::{fields, resolved};
use crate::{ContractError, EventSchemas};

/// The number of generated events of each schema.
const CASES: u32 = 128;

/// The number of levels of an event. Below them, lists are empty and optional fields are absent, because a type may contain
/// itself.
const LEVELS: usize = 8;

/// Checks that the code and the committed schemas of `E` agree. The code reads each event that a schema allows, of each
/// number up to the present one. It writes an event of the present schema as it was, and an older event in the form of
/// the present schema.
///
/// # Errors
/// [`ContractError`] with the smallest event on which they differ.
pub fn check_codec<E: DomainEvent>(schemas: &EventSchemas) -> Result<(), ContractError> {
    for (name, present) in E::SCHEMAS {
        for schema in 1..=*present {
            let document = schemas
                .get(name, schema)
                .ok_or_else(|| ContractError::Unpublished { event: (*name).to_owned(), schema })?;
            // No seeds of failed runs are stored, because the schemas may be those of another project.
            let config = Config { cases: CASES, failure_persistence: None, ..Config::default() };
            let stored = |data| StoredEvent { event_type: (*name).to_owned(), schema, data };
            TestRunner::new(config)
                .run(&any_value(document, document, LEVELS), |data| {
                    agrees::<E>(&stored(data), *present, schemas)
                        .map_err(|error| TestCaseError::fail(error.to_string()))
                })
                .map_err(|error| ContractError::mismatch(&stored(Value::Null), &error))?;
        }
    }
    Ok(())
}

fn agrees<E: DomainEvent>(
    event: &StoredEvent,
    present: u32,
    schemas: &EventSchemas,
) -> Result<(), ContractError> {
    schemas.check(event)?;
    let read: E = decode(event).map_err(|error: DecodeError| ContractError::mismatch(event, &error))?;
    let written = encode(&read).map_err(|error| ContractError::mismatch(event, &error))?;
    schemas.check(&written)?;
    if event.schema == present && written != *event {
        return Err(ContractError::mismatch(event, &format!("the code writes it as {}", written.data)));
    }
    Ok(())
}

/// Any value that `schema` in the document `root` allows. A keyword that limits values further leads to a value that the
/// schema refuses, and so to a failure of the check.
fn any_value(root: &Value, schema: &Value, levels: usize) -> BoxedStrategy<Value> {
    let schema = resolved(root, schema);
    if let Some(constant) = schema.get("const") {
        return Just(constant.clone()).boxed();
    }
    if let Some(values) = schema["enum"].as_array().filter(|values| !values.is_empty()) {
        return proptest::sample::select(values.clone()).boxed();
    }
    let alternatives = schema["oneOf"].as_array().or_else(|| schema["anyOf"].as_array());
    if let Some(alternatives) = alternatives.filter(|alternatives| !alternatives.is_empty()) {
        let each: Vec<_> = alternatives.iter().map(|one| any_value(root, one, levels)).collect();
        return proptest::strategy::Union::new(each).boxed();
    }
    match schema["type"].as_str() {
        Some("object") => any_object(root, schema, levels),
        Some("array") if levels == 0 => Just(Value::Array(Vec::new())).boxed(),
        Some("array") => {
            vec(any_value(root, &schema["items"], levels - 1), 0..4).prop_map(Value::Array).boxed()
        }
        Some("integer") if schema["minimum"] == 0 => any::<u32>().prop_map(Value::from).boxed(),
        Some("integer") => any::<i64>().prop_map(Value::from).boxed(),
        Some("number") => any::<i32>().prop_map(|number| Value::from(f64::from(number))).boxed(),
        Some("boolean") => any::<bool>().prop_map(Value::from).boxed(),
        Some("string") => any::<String>().prop_map(Value::from).boxed(),
        _ => Just(Value::Null).boxed(),
    }
}

fn any_object(root: &Value, schema: &Value, levels: usize) -> BoxedStrategy<Value> {
    let mut object = Just(Map::new()).boxed();
    for (name, (required, field)) in schema.as_object().map(fields).unwrap_or_default() {
        if levels == 0 && !required {
            continue;
        }
        let (name, value) = (name.to_owned(), any_value(root, field, levels.saturating_sub(1)));
        let value = if required { value.prop_map(Some).boxed() } else { option::of(value).boxed() };
        object = (object, value)
            .prop_map(move |(mut members, value)| {
                members.extend(value.map(|value| (name.clone(), value)));
                members
            })
            .boxed();
    }
    object.prop_map(Value::Object).boxed()
}
