//! The committed schemas of all events, and the check of events against them.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use es_core::StoredEvent;
use jsonschema::Validator;
use serde_json::{Value, json};

use crate::ContractError;

/// The committed schemas of all events: one file `<event>.<schema number>.json` each.
#[derive(Debug)]
pub struct EventSchemas {
    schemas: BTreeMap<(String, u32), CommittedSchema>,
}

#[derive(Debug)]
struct CommittedSchema {
    document: Value,
    /// Checks the document with closed objects. A consumer must ignore unknown fields, but the producer must not send any.
    closed: Validator,
}

impl EventSchemas {
    /// Reads the schemas in `folder`. A folder that does not exist has none.
    ///
    /// # Errors
    /// [`ContractError`] if a file cannot be read, or is not the JSON Schema of an event.
    pub fn read(folder: &Path) -> Result<Self, ContractError> {
        let mut schemas = BTreeMap::new();
        let files = match fs::read_dir(folder) {
            Ok(files) => files.collect::<Result<Vec<_>, _>>().map_err(ContractError::file(folder))?,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Vec::new(),
            Err(error) => return Err(ContractError::file(folder)(error)),
        };
        for file in files {
            let path = file.path();
            let invalid = |reason: String| ContractError::InvalidSchema { path: path.clone(), reason };
            let key = event_and_schema(&path)
                .ok_or_else(|| invalid("the file is not named <event>.<schema number>.json".to_owned()))?;
            let text = fs::read_to_string(&path).map_err(ContractError::file(&path))?;
            let document: Value = serde_json::from_str(&text).map_err(ContractError::json(&path))?;
            let mut closed = document.clone();
            close(&mut closed);
            let closed = jsonschema::draft202012::options()
                .should_validate_formats(true)
                .build(&closed)
                .map_err(|error| invalid(error.to_string()))?;
            schemas.insert(key, CommittedSchema { document, closed });
        }
        Ok(Self { schemas })
    }

    /// Checks that `event` has exactly the form of its schema. An unknown field is a mismatch too.
    ///
    /// # Errors
    /// [`ContractError::Unpublished`] or [`ContractError::Mismatch`].
    pub fn check(&self, event: &StoredEvent) -> Result<(), ContractError> {
        let (name, schema) = (event.event_type.clone(), event.schema);
        let Some(found) = self.schemas.get(&(name.clone(), schema)) else {
            return Err(ContractError::Unpublished { event: name, schema });
        };
        found
            .closed
            .validate(&event.data)
            .map_err(|error| ContractError::mismatch(event, &format!("{error} at {}", error.instance_path())))
    }

    /// Checks that `data` has exactly the form of the newest schema of the event `name`.
    ///
    /// # Errors
    /// [`ContractError::Unpublished`] or [`ContractError::Mismatch`].
    pub fn check_newest(&self, name: &str, data: &Value) -> Result<(), ContractError> {
        let schema = self.all().filter(|(known, ..)| *known == name).map(|(_, schema, _)| schema).max();
        let schema = schema.unwrap_or(1);
        self.check(&StoredEvent { event_type: name.to_owned(), schema, data: data.clone() })
    }

    /// All schemas: the name of the event, the schema number and the document, sorted by name and number.
    pub fn all(&self) -> impl Iterator<Item = (&str, u32, &Value)> {
        self.schemas.iter().map(|((name, schema), committed)| (name.as_str(), *schema, &committed.document))
    }

    /// The schema with the number `schema` of the event `name`.
    #[must_use]
    pub fn get(&self, name: &str, schema: u32) -> Option<&Value> {
        self.schemas.get(&(name.to_owned(), schema)).map(|committed| &committed.document)
    }
}

/// The event and the schema number in the name of a schema's file.
fn event_and_schema(path: &Path) -> Option<(String, u32)> {
    let (name, schema) = path.file_name()?.to_str()?.strip_suffix(".json")?.split_once('.')?;
    Some((name.to_owned(), schema.parse().ok()?))
}

/// Makes each object of a schema refuse unknown fields.
fn close(schema: &mut Value) {
    match schema {
        Value::Object(members) => {
            members.values_mut().for_each(close);
            let is_object = members.get("type") == Some(&json!("object"));
            if is_object && !members.contains_key("additionalProperties") {
                members.insert("additionalProperties".to_owned(), json!(false));
            }
        }
        Value::Array(elements) => elements.iter_mut().for_each(close),
        _ => {}
    }
}
