//! Generates the files of the contract and compares them with the committed ones.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::contract::{EventHistory, Published};
use crate::{Change, ContractError, EventContract, EventSchemas, EventType, asyncapi, changes, json, page};

/// The `$schema` of each published schema.
const DIALECT: &str = "https://json-schema.org/draft/2020-12/schema";

impl EventContract {
    /// Compares all files with those that the types generate.
    ///
    /// # Errors
    /// [`ContractError::Stale`] if a file needs to be generated again. Other errors of [`ContractError`] if a change
    /// breaks the contract.
    pub fn check(&self) -> Result<(), ContractError> {
        let mut files = Vec::new();
        for (path, text) in self.generated()? {
            if fs::read_to_string(self.root.join(&path)).ok().as_ref() != Some(&text) {
                files.push(path);
            }
        }
        if files.is_empty() { Ok(()) } else { Err(ContractError::Stale { files, command: self.command }) }
    }

    /// Writes all files.
    ///
    /// # Errors
    /// [`ContractError`] if a change breaks the contract, or a file cannot be written. A broken contract is not written.
    pub fn update(&self) -> Result<(), ContractError> {
        let events = self.events();
        fs::create_dir_all(&events).map_err(ContractError::file(&events))?;
        for (path, text) in self.generated()? {
            let path = self.root.join(path);
            fs::write(&path, text).map_err(ContractError::file(&path))?;
        }
        Ok(())
    }

    /// The path below the root and the text of each generated file.
    fn generated(&self) -> Result<Vec<(PathBuf, String)>, ContractError> {
        let histories = self.histories()?;
        let mut files = Vec::new();
        for EventHistory { event, schemas } in &histories {
            let path = self.schema_path(event.name, event.schema);
            let present = schemas.last().map_or(&Value::Null, |present| &present.document);
            files.push((path.clone(), json::pretty(present).map_err(ContractError::json(&path))?));
        }
        let path = Path::new(self.folder).join("asyncapi.json");
        let document = asyncapi::document(self, &histories);
        files.push((path.clone(), json::pretty(&document).map_err(ContractError::json(&path))?));
        let path = PathBuf::from(self.page);
        let full = self.root.join(&path);
        let text = fs::read_to_string(&full).map_err(ContractError::file(&full))?;
        files.push((
            path.clone(),
            page::with_events(&text, self, &histories).ok_or(ContractError::NoMarkers { path })?,
        ));
        Ok(files)
    }

    /// All events with their schemas: the committed ones of old numbers, and the generated ones of the present numbers.
    fn histories(&self) -> Result<Vec<EventHistory<'_>>, ContractError> {
        let committed = EventSchemas::read(&self.events())?;
        let is_known = |name: &str, number: u32| {
            self.types.iter().any(|event| event.name == name && (1..=event.schema).contains(&number))
        };
        for (name, number, _) in committed.all() {
            if !is_known(name, number) {
                return Err(ContractError::UnknownEvent { path: self.schema_path(name, number) });
            }
        }
        self.types.iter().map(|event| self.history(event, &committed)).collect()
    }

    fn history<'a>(
        &self,
        event: &'a EventType,
        committed: &EventSchemas,
    ) -> Result<EventHistory<'a>, ContractError> {
        let mut schemas = Vec::new();
        for number in 1..event.schema {
            let document = committed.get(event.name, number);
            let document = document
                .ok_or_else(|| ContractError::NoFile { path: self.schema_path(event.name, number) })?;
            schemas.push(Published { number, document: document.clone() });
        }
        let document = self.document(event);
        if let Some(committed) = committed.get(event.name, event.schema) {
            let changes: Vec<_> = changes(committed, &document).into_iter().filter(Change::breaks).collect();
            if !changes.is_empty() {
                let path = self.schema_path(event.name, event.schema);
                return Err(ContractError::Breaks { event: event.name, schema: event.schema, path, changes });
            }
        }
        schemas.push(Published { number: event.schema, document });
        Ok(EventHistory { event, schemas })
    }

    /// The published document of the present schema of `event`.
    fn document(&self, event: &EventType) -> Value {
        let mut document = event.data.clone();
        document["$schema"] = Value::from(DIALECT);
        document["$id"] = Value::from(self.schema_id(event.name, event.schema));
        document
    }
}
