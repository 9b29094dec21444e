//! Kinesis destinations of tables outside the template: the operations `EnableKinesisStreamingDestination` and
//! `DescribeKinesisStreamingDestination`. A stack uses them for a table that it adopts, for example after a restore.
//!
//! A destination is `ENABLING` until the stack starts again, which adopting a table requires in any case. The outbox of
//! the table has all changes from the call on, so none of them is lost. Source of the shapes and errors: Amazon DynamoDB API
//! Reference, the pages of the two operations.

use std::collections::BTreeMap;

use dynoxide::Database;
use dynoxide::actions::update_table::UpdateTableRequest;
use serde::Deserialize;
use serde_json::{Value, json};
use stack_base::account::{name_of_arn, stream_arn};
use stack_base::service_error::{ServiceError, parse};
use stack_base::store::{SqliteError, SqliteStore};
use stack_template::{AttributeType, ChangeStream, KeySchema, Stream, Table, TimePrecision};

use crate::{DynamoDb, DynamoDbError};

/// The table of destinations.
pub const DESTINATIONS_SCHEMA: &str = "
    CREATE TABLE IF NOT EXISTS destinations (
        table_name TEXT PRIMARY KEY, stream TEXT NOT NULL, in_microseconds INTEGER NOT NULL
    ) STRICT;
";

/// The stored destinations.
pub struct Destinations {
    store: SqliteStore,
    database: Database,
    streams: Vec<String>,
    /// The tables of the template, which declares their destinations.
    declared: Vec<String>,
    /// The destinations at the start of the stack.
    active: BTreeMap<String, ChangeStream>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct EnableRequest {
    table_name: String,
    stream_arn: String,
    #[serde(default)]
    enable_kinesis_streaming_configuration: Configuration,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Configuration {
    #[serde(default)]
    approximate_creation_date_time_precision: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct DescribeRequest {
    table_name: String,
}

impl Destinations {
    /// Reads the destinations from `store`. `tables` and `streams` are those of the template.
    ///
    /// # Errors
    /// [`SqliteError`] when the store cannot be read.
    pub fn read(
        store: SqliteStore,
        engine: &DynamoDb,
        tables: &[Table],
        streams: &[Stream],
    ) -> Result<Self, SqliteError> {
        let declared: Vec<String> = tables.iter().map(|table| table.name.clone()).collect();
        let streams = streams.iter().map(|stream| stream.name.clone()).collect();
        let mut active = stored(&store)?;
        active.retain(|table, _| !declared.contains(table));
        Ok(Self { store, database: engine.database().clone(), streams, declared, active })
    }

    /// The tables outside the template that have a destination, as if the template declared them.
    ///
    /// # Errors
    /// [`DynamoDbError`] when the definition of a table cannot be read.
    pub fn tables(&self) -> Result<Vec<Table>, DynamoDbError> {
        let mut tables = Vec::new();
        for (name, change_stream) in &self.active {
            // A table that was deleted has no changes.
            let Some(stored) = self.database.get_table_metadata(name)? else { continue };
            let malformed = |problem: &str| DynamoDbError::Definition {
                table: name.clone(),
                problem: problem.to_owned(),
            };
            let attributes: Vec<Value> = serde_json::from_str(&stored.attribute_definitions)
                .map_err(|error| malformed(&error.to_string()))?;
            let keys: Vec<Value> =
                serde_json::from_str(&stored.key_schema).map_err(|error| malformed(&error.to_string()))?;
            let key_of = |kind: &str| {
                let key = keys.iter().find(|key| key["KeyType"] == kind)?;
                key["AttributeName"].as_str().map(str::to_owned)
            };
            tables.push(Table {
                logical_id: name.clone(),
                name: name.clone(),
                key: KeySchema {
                    hash: key_of("HASH").ok_or_else(|| malformed("no key"))?,
                    range: key_of("RANGE"),
                },
                attributes: attributes.iter().filter_map(attribute).collect(),
                change_stream: Some(change_stream.clone()),
                ..Table::default()
            });
        }
        Ok(tables)
    }

    /// Answers `operation`, or `None` if it is not about destinations.
    ///
    /// # Errors
    /// [`ServiceError`] when the request is refused.
    #[must_use]
    pub fn call(&self, operation: &str, body: &[u8]) -> Option<Result<Value, ServiceError>> {
        match operation {
            "EnableKinesisStreamingDestination" => {
                Some(parse(body).and_then(|request| self.enable(&request)))
            }
            "DescribeKinesisStreamingDestination" => {
                Some(parse(body).and_then(|request| self.describe(&request)))
            }
            "DisableKinesisStreamingDestination" | "UpdateKinesisStreamingDestination" => {
                let problem = format!("the stack does not serve {operation}");
                Some(Err(ServiceError::client("UnknownOperationException", problem)))
            }
            _ => None,
        }
    }

    fn enable(&self, request: &EnableRequest) -> Result<Value, ServiceError> {
        let (table, stream) = (name_of_arn(&request.table_name), name_of_arn(&request.stream_arn));
        if self.declared.iter().any(|declared| declared == table) {
            let problem = format!(
                "the template declares the destination of {table}: change KinesisStreamSpecification"
            );
            return Err(ServiceError::client("ResourceInUseException", problem));
        }
        if !self.streams.iter().any(|known| known == stream) {
            let problem = format!("stream {stream} is not in the template");
            return Err(ServiceError::client("ResourceNotFoundException", problem));
        }
        let precision = request
            .enable_kinesis_streaming_configuration
            .approximate_creation_date_time_precision
            .as_deref();
        let in_microseconds = match precision {
            None | Some("MILLISECOND") => false,
            Some("MICROSECOND") => true,
            Some(other) => {
                let problem = format!("{other} is neither MILLISECOND nor MICROSECOND");
                return Err(ServiceError::client("ValidationException", problem));
            }
        };
        self.record_changes(table)?;
        let statement =
            "INSERT OR REPLACE INTO destinations (table_name, stream, in_microseconds) VALUES (?1, ?2, ?3)";
        let stored = self.store.execute(statement, (table, stream, in_microseconds));
        stored.map_err(|error| ServiceError::server(error.to_string()))?;
        let precision = if in_microseconds { "MICROSECOND" } else { "MILLISECOND" };
        Ok(json!({
            "TableName": table,
            "StreamArn": stream_arn(stream),
            "DestinationStatus": "ENABLING",
            "EnableKinesisStreamingConfiguration": {"ApproximateCreationDateTimePrecision": precision},
        }))
    }

    /// Makes the engine record the changes of `table`.
    fn record_changes(&self, table: &str) -> Result<(), ServiceError> {
        let failed = |error: dynoxide::DynoxideError| ServiceError::server(error.to_string());
        let Some(stored) = self.database.get_table_metadata(table).map_err(failed)? else {
            return Err(ServiceError::client(
                "ResourceNotFoundException",
                format!("table {table} does not exist"),
            ));
        };
        if stored.stream_enabled {
            return Ok(());
        }
        let specification = json!({"StreamEnabled": true, "StreamViewType": "NEW_AND_OLD_IMAGES"});
        let request = json!({"TableName": table, "StreamSpecification": specification});
        let request = serde_json::from_value::<UpdateTableRequest>(request);
        let request = request.map_err(|error| ServiceError::server(error.to_string()))?;
        self.database.update_table(request).map_err(failed)?;
        Ok(())
    }

    fn describe(&self, request: &DescribeRequest) -> Result<Value, ServiceError> {
        let table = name_of_arn(&request.table_name);
        let stored = stored(&self.store).map_err(|error| ServiceError::server(error.to_string()))?;
        let destination = stored.get(table).map(|change_stream| {
            let is_active = self.active.contains_key(table);
            let precision = match change_stream.precision {
                TimePrecision::Microsecond => "MICROSECOND",
                TimePrecision::Millisecond => "MILLISECOND",
            };
            json!({
                "StreamArn": stream_arn(&change_stream.stream),
                "DestinationStatus": if is_active { "ACTIVE" } else { "ENABLING" },
                "ApproximateCreationDateTimePrecision": precision,
            })
        });
        let destinations: Vec<Value> = destination.into_iter().collect();
        Ok(json!({"TableName": table, "KinesisDataStreamDestinations": destinations}))
    }
}

/// All stored destinations, by the name of the table.
fn stored(store: &SqliteStore) -> Result<BTreeMap<String, ChangeStream>, SqliteError> {
    store.transaction(|transaction| {
        let mut query =
            transaction.prepare("SELECT table_name, stream, in_microseconds FROM destinations")?;
        let rows = query.query_map((), |row| {
            let in_microseconds: bool = row.get(2)?;
            let precision =
                if in_microseconds { TimePrecision::Microsecond } else { TimePrecision::Millisecond };
            Ok((row.get(0)?, ChangeStream { stream: row.get(1)?, precision }))
        })?;
        rows.collect()
    })
}

/// The name and the type of a key attribute.
fn attribute(definition: &Value) -> Option<(String, AttributeType)> {
    let kind = match definition["AttributeType"].as_str()? {
        "S" => AttributeType::Text,
        "N" => AttributeType::Number,
        "B" => AttributeType::Binary,
        _ => return None,
    };
    Some((definition["AttributeName"].as_str()?.to_owned(), kind))
}
