//! Compares two JSON Schemas of the same event, and tells which changes break a consumer.
//!
//! Streams keep their events forever, and the history and a repeated publication deliver old ones. A change under the
//! same schema number therefore meets two consumers: one that was built with the old schema and receives a new event, and
//! one that is built with the new schema and receives an old event. Both ignore fields that they do not know.
//!
//! | change | old consumer, new event | new consumer, old event | breaks |
//! | --- | --- | --- | --- |
//! | a field is added and may be absent | ignores the field | the field is absent | no |
//! | a field is added and is always present | ignores the field | the field is absent | yes |
//! | a field is removed or renamed | the field is absent | ignores the field | yes |
//! | a field becomes optional | the field may be absent | reads it | yes |
//! | a field becomes required | reads it | the field may be absent | yes |
//! | a type or a format changes | another type | another type | yes |
//! | a value or an alternative is added | an unknown value | reads it | yes |
//! | a value or an alternative is removed | reads it | an unknown value | yes |
//! | a limit or a pattern changes | a value out of range, or | a value out of range | yes |
//! | a description changes | reads it | reads it | no |

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde_json::{Map, Value};

use crate::json::definition_name;

/// A difference between two schemas of the same event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// The path of the field, for example `lines[].quantity`; empty for the event itself.
    pub path: String,
    /// What changed.
    pub kind: ChangeKind,
}

/// What changed at a place of a schema.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ChangeKind {
    /// The field is new, and events may lack it.
    OptionalFieldAdded,
    /// The field is new, and each event has it.
    RequiredFieldAdded,
    /// The field is gone.
    FieldRemoved,
    /// The field was in each event, and now events may lack it.
    BecameOptional,
    /// Events could lack the field, and now each event has it.
    BecameRequired,
    /// The JSON type is another one.
    TypeChanged,
    /// The set of values or of alternatives is another one.
    ValuesChanged,
    /// Another keyword changed, for example `format` or `maximum`.
    KeywordChanged(String),
}

impl Change {
    /// Whether a consumer of one schema cannot read every event of the other one.
    #[must_use]
    pub const fn breaks(&self) -> bool {
        !matches!(self.kind, ChangeKind::OptionalFieldAdded)
    }
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = match &self.kind {
            ChangeKind::OptionalFieldAdded => "was added and may be absent",
            ChangeKind::RequiredFieldAdded => "was added",
            ChangeKind::FieldRemoved => "was removed",
            ChangeKind::BecameOptional => "may now be absent",
            ChangeKind::BecameRequired => "is now always present",
            ChangeKind::TypeChanged => "has another type",
            ChangeKind::ValuesChanged => "has other values",
            ChangeKind::KeywordChanged(keyword) => {
                return write!(f, "{} has another `{keyword}`", self.place());
            }
        };
        write!(f, "{} {what}", self.place())
    }
}

impl Change {
    fn place(&self) -> String {
        if self.path.is_empty() { "the event".to_owned() } else { format!("`{}`", self.path) }
    }
}

/// The differences between the schemas `old` and `new` of one event. Titles and descriptions are not compared.
#[must_use]
pub fn changes(old: &Value, new: &Value) -> Vec<Change> {
    let mut comparison = Comparison { old, new, compared: BTreeSet::new(), found: Vec::new() };
    comparison.schemas(old, new, "");
    comparison.found
}

/// Keywords that are not compared one by one: annotations, which do not change which values are allowed, `$ref` and
/// `$defs`, which are compared where a schema refers to them, and `required`, which is compared with the properties.
const NOT_COMPARED_ALONE: [&str; 11] = [
    "$comment",
    "$defs",
    "$id",
    "$ref",
    "$schema",
    "default",
    "deprecated",
    "description",
    "examples",
    "title",
    "required",
];

struct Comparison<'a> {
    old: &'a Value,
    new: &'a Value,
    /// The compared pairs of definitions. A definition that contains itself is compared once.
    compared: BTreeSet<(&'a str, &'a str)>,
    found: Vec<Change>,
}

impl<'a> Comparison<'a> {
    fn schemas(&mut self, old: &'a Value, new: &'a Value, path: &str) {
        if let (Some(one), Some(other)) = (old["$ref"].as_str(), new["$ref"].as_str())
            && !self.compared.insert((one, other))
        {
            return;
        }
        let (Value::Object(old), Value::Object(new)) = (resolved(self.old, old), resolved(self.new, new))
        else {
            if old != new {
                self.add(path, ChangeKind::TypeChanged);
            }
            return;
        };
        if old.get("type") != new.get("type") {
            return self.add(path, ChangeKind::TypeChanged);
        }
        let keywords: BTreeSet<&str> = old.keys().chain(new.keys()).map(String::as_str).collect();
        for keyword in keywords {
            let is_skipped = NOT_COMPARED_ALONE.contains(&keyword) || keyword.starts_with("x-");
            if !is_skipped {
                self.keyword(keyword, old, new, path);
            }
        }
    }

    fn keyword(
        &mut self,
        keyword: &str,
        old: &'a Map<String, Value>,
        new: &'a Map<String, Value>,
        path: &str,
    ) {
        match (keyword, old.get(keyword), new.get(keyword)) {
            ("properties", ..) => self.fields(old, new, path),
            ("items", Some(one), Some(other)) => self.schemas(one, other, &format!("{path}[]")),
            ("additionalProperties", Some(one), Some(other)) => {
                self.schemas(one, other, &format!("{path}.*"));
            }
            ("enum", Some(Value::Array(one)), Some(Value::Array(other))) => {
                let is_same = one.len() == other.len() && one.iter().all(|value| other.contains(value));
                if !is_same {
                    self.add(path, ChangeKind::ValuesChanged);
                }
            }
            (
                "oneOf" | "anyOf" | "allOf" | "prefixItems",
                Some(Value::Array(one)),
                Some(Value::Array(other)),
            ) if one.len() == other.len() => {
                for (one, other) in one.iter().zip(other) {
                    self.schemas(one, other, path);
                }
            }
            ("enum" | "const" | "oneOf" | "anyOf" | "allOf" | "prefixItems", one, other) if one != other => {
                self.add(path, ChangeKind::ValuesChanged);
            }
            (_, one, other) if one != other => {
                self.add(path, ChangeKind::KeywordChanged(keyword.to_owned()));
            }
            _ => {}
        }
    }

    fn fields(&mut self, old: &'a Map<String, Value>, new: &'a Map<String, Value>, path: &str) {
        let (old_fields, new_fields) = (fields(old), fields(new));
        let names: BTreeSet<&str> = old_fields.keys().chain(new_fields.keys()).copied().collect();
        for name in names {
            let field = if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
            match (old_fields.get(name), new_fields.get(name)) {
                (Some(_), None) => self.add(&field, ChangeKind::FieldRemoved),
                (None, Some((true, _))) => self.add(&field, ChangeKind::RequiredFieldAdded),
                (None, Some((false, _))) => self.add(&field, ChangeKind::OptionalFieldAdded),
                (Some((was, one)), Some((is, other))) => {
                    match (was, is) {
                        (true, false) => self.add(&field, ChangeKind::BecameOptional),
                        (false, true) => self.add(&field, ChangeKind::BecameRequired),
                        _ => {}
                    }
                    self.schemas(one, other, &field);
                }
                (None, None) => {}
            }
        }
    }

    fn add(&mut self, path: &str, kind: ChangeKind) {
        self.found.push(Change { path: path.to_owned(), kind });
    }
}

/// The schema that `schema` refers to in the document `root`, or `schema` itself.
pub(crate) fn resolved<'a>(root: &'a Value, schema: &'a Value) -> &'a Value {
    let name = schema["$ref"].as_str().and_then(definition_name);
    name.and_then(|name| root["$defs"].get(name)).unwrap_or(schema)
}

/// The fields of an object by name: whether each object has the field, and the field's schema.
pub(crate) fn fields(schema: &Map<String, Value>) -> BTreeMap<&str, (bool, &Value)> {
    let required = |name: &str| {
        let names = schema.get("required").and_then(Value::as_array);
        names.is_some_and(|names| names.iter().any(|known| known == name))
    };
    let fields = schema.get("properties").and_then(Value::as_object).into_iter().flatten();
    fields.map(|(name, field)| (name.as_str(), (required(name), field))).collect()
}
