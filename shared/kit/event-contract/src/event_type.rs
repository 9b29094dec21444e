//! The types of events, and the JSON Schema of their data.

use es_core::{Category, Decider, DomainEvent, PersonalField, PersonalFields};
use schemars::generate::SchemaSettings;
use schemars::transform::transform_subschemas;
use schemars::{JsonSchema, Schema};
use serde_json::{Map, Value};

use crate::ContractError;
use crate::json::definition_name;

/// One type of events with its present schema.
#[derive(Debug, Clone, PartialEq)]
pub struct EventType {
    /// The category of the streams that have such events.
    pub category: Category,
    /// The stored name, for example `AccountOpened`.
    pub name: &'static str,
    /// The present schema number.
    pub schema: u32,
    /// The JSON Schema of the event's data in the draft 2020-12. Its description is the doc comment of the variant.
    pub data: Value,
}

/// The types of all events of the aggregate `D`, in the order of their variants.
///
/// # Errors
/// [`ContractError::NoSchema`] if the JSON Schema of the enum lacks an event, and [`ContractError::NoField`] if it lacks a
/// personal field.
pub fn event_types<D>() -> Result<Vec<EventType>, ContractError>
where
    D: Decider<Event: JsonSchema + PersonalFields>,
{
    let personal = D::Event::personal_fields();
    let settings = SchemaSettings::draft2020_12().for_serialize().with_transform(published);
    let root = settings.into_generator().into_root_schema_for::<D::Event>().to_value();
    let event_type = |&(name, schema): &(&'static str, u32)| {
        let mut data = data_of(&root, name).ok_or(ContractError::NoSchema { event: name })?;
        for field in &personal {
            let path = field.path.strip_prefix(name).and_then(|path| path.strip_prefix('.'));
            if let Some(path) = path {
                mark(&mut data, path, field)
                    .ok_or_else(|| ContractError::NoField { field: field.path.clone() })?;
            }
        }
        Ok(EventType { category: D::CATEGORY, name, schema, data })
    };
    D::Event::SCHEMAS.iter().map(event_type).collect()
}

/// Changes a schema from the form that `schemars` generates to the published one:
///
/// - A field that may be absent is never null, because serde skips it.
/// - No object is closed. Consumers ignore unknown fields, so a field can be added.
/// - Each paragraph of a description is one line.
fn published(schema: &mut Schema) {
    if let Some(Value::String(text)) = schema.get_mut("description") {
        let paragraphs: Vec<_> = text.split("\n\n").map(|paragraph| paragraph.replace('\n', " ")).collect();
        *text = paragraphs.join("\n\n");
    }
    if schema.get("additionalProperties") == Some(&Value::Bool(false)) {
        schema.remove("additionalProperties");
    }
    let required = schema.get("required").and_then(Value::as_array).cloned().unwrap_or_default();
    if let Some(Value::Object(fields)) = schema.get_mut("properties") {
        for (_, field) in
            fields.iter_mut().filter(|(name, _)| !required.contains(&Value::from(name.as_str())))
        {
            never_null(field);
        }
    }
    transform_subschemas(&mut published, schema);
}

/// Removes null from the values that `field` allows.
fn never_null(field: &mut Value) {
    let Value::Object(field) = field else { return };
    if let Some(Value::Array(types)) = field.get_mut("type") {
        types.retain(|name| name != "null");
        if let [only] = types.as_slice() {
            let only = only.clone();
            field.insert("type".to_owned(), only);
        }
    }
    if let Some(Value::Array(alternatives)) = field.get_mut("anyOf") {
        alternatives.retain(|one| one.get("type").is_none_or(|name| name != "null"));
        if let [Value::Object(only)] = alternatives.as_slice() {
            let only = only.clone();
            field.remove("anyOf");
            field.extend(only);
        }
    }
}

/// The keyword of a personal field. Its value is the kind, for example `free_text`.
pub(crate) const PERSONAL: &str = "x-personal";

/// Marks the field at `path`, for example `lines[].name`, as personal. `None` if the schema has no such field.
fn mark(data: &mut Value, path: &str, field: &PersonalField) -> Option<()> {
    let mut pointer = String::new();
    for name in path.split('.') {
        let (name, lists) = name.split_once('[').map_or((name, ""), |(name, lists)| (name, lists));
        pointer = followed(data, &pointer) + "/properties/" + name;
        for _ in lists.matches(']') {
            pointer = followed(data, &pointer) + "/items";
        }
    }
    let schema = data.pointer_mut(&pointer)?.as_object_mut()?;
    schema.insert(PERSONAL.to_owned(), Value::from(field.kind.name()));
    Some(())
}

/// The pointer to the definition that the schema at `pointer` refers to, or `pointer` itself.
fn followed(data: &Value, pointer: &str) -> String {
    let reference = data.pointer(pointer).and_then(|schema| schema["$ref"].as_str());
    reference.and_then(|reference| reference.strip_prefix('#')).unwrap_or(pointer).to_owned()
}

/// The schema of the data of the event `name` in the schema `root` of its enum.
fn data_of(root: &Value, name: &str) -> Option<Value> {
    let variants = root["oneOf"].as_array()?;
    let variant = variants.iter().find(|variant| variant["properties"]["type"]["const"] == name)?;
    let data = &variant["properties"]["data"];
    let definitions = root["$defs"].as_object();
    let inline = data["$ref"].as_str().and_then(definition_name).and_then(|name| definitions?.get(name));
    let mut schema = inline.unwrap_or(data).as_object()?.clone();
    schema.insert("title".to_owned(), Value::from(name));
    if let Some(description) = variant.get("description") {
        schema.insert("description".to_owned(), description.clone());
    }
    let used = used_definitions(&schema, definitions);
    if !used.is_empty() {
        schema.insert("$defs".to_owned(), Value::Object(used));
    }
    Some(Value::Object(schema))
}

/// The definitions that `schema` refers to, directly or through another definition.
fn used_definitions(schema: &Map<String, Value>, all: Option<&Map<String, Value>>) -> Map<String, Value> {
    let mut used = Map::new();
    let mut open: Vec<&Value> = schema.values().collect();
    while let Some(value) = open.pop() {
        match value {
            Value::Object(members) => {
                let name = members.get("$ref").and_then(Value::as_str).and_then(definition_name);
                let found = name.and_then(|name| Some((name, all?.get(name)?)));
                if let Some((name, definition)) = found
                    && used.insert(name.to_owned(), definition.clone()).is_none()
                {
                    open.push(definition);
                }
                open.extend(members.values());
            }
            Value::Array(elements) => open.extend(elements),
            _ => {}
        }
    }
    used
}
