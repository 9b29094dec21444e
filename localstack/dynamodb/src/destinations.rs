//! Kinesis destinations of tables, and their backups: operations on tables that the engine does not have.
//!
//! `EnableKinesisStreamingDestination` adds a destination to a table outside the template. A stack uses it for a table that
//! it adopts, for example after a restore. `DescribeKinesisStreamingDestination` knows the template's destinations too.
//! `DescribeContinuousBackups` says that point-in-time recovery is off, because the stack makes no backups.
//!
//! A destination is `ENABLING` until the stack starts again, which adopting a table requires in any case. The outbox of
//! the table has all changes from the call on, so none of them is lost. Source of the shapes and errors: Amazon DynamoDB API
//! Reference, the pages of the operations.

use std::collections::BTreeMap;

use axum::body::Bytes;
use axum::http::StatusCode;
use dynoxide::actions::update_table::UpdateTableRequest;
use dynoxide::{Database, TableMetadata};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use stack_base::account::{name_of_arn, stream_arn};
use stack_base::service_error::{ServiceError, parse};
use stack_base::store::{SqliteError, SqliteStore};
use stack_template::{AttributeType, ChangeStream, KeySchema, Stream, StreamView, Table, TimePrecision};

use crate::table_arns::TableArns;
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
    /// The tables of the template with the destinations that it declares.
    declared: BTreeMap<String, Option<ChangeStream>>,
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
struct TableRequest {
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
        let declared: BTreeMap<_, _> =
            tables.iter().map(|table| (table.name.clone(), table.change_stream.clone())).collect();
        let streams = streams.iter().map(|stream| stream.name.clone()).collect();
        let mut active = stored(&store)?;
        active.retain(|table, _| !declared.contains_key(table));
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

    /// Answers `operation`, or `None` if the engine serves it.
    ///
    /// # Errors
    /// [`ServiceError`] when the request is refused.
    #[must_use]
    pub fn call(&self, operation: &str, body: &Bytes) -> Option<Result<Value, ServiceError>> {
        match operation {
            "EnableKinesisStreamingDestination" => {
                Some(parse_named(operation, body).and_then(|request| self.enable(&request)))
            }
            "DescribeKinesisStreamingDestination" => {
                Some(parse_named(operation, body).and_then(|request| self.describe(&request)))
            }
            "DescribeContinuousBackups" => {
                Some(parse_named(operation, body).and_then(|request| self.describe_backups(&request)))
            }
            _ => None,
        }
    }

    fn enable(&self, request: &EnableRequest) -> Result<Value, ServiceError> {
        let (table, stream) = (request.table_name.as_str(), name_of_arn(&request.stream_arn));
        if self.declared.contains_key(table) {
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

    /// Makes the engine record the changes of `table`. In AWS, a destination needs no stream of the table. Here its records
    /// come from the engine's stream, so a stream with another view is refused.
    fn record_changes(&self, table: &str) -> Result<(), ServiceError> {
        let failed = |error: dynoxide::DynoxideError| ServiceError::server(error.to_string());
        let stored = self.metadata(table)?;
        let view = StreamView::NewAndOldImages.name();
        match stored.stream_view_type.as_deref().filter(|_| stored.stream_enabled) {
            Some(current) if current == view => return Ok(()),
            Some(current) => {
                let problem = format!(
                    "the stream of table {table} has the view {current}, and a destination needs {view} locally: disable \
                     the stream first"
                );
                return Err(ServiceError::client("ValidationException", problem));
            }
            None => {}
        }
        let specification = json!({"StreamEnabled": true, "StreamViewType": view});
        let request = json!({"TableName": table, "StreamSpecification": specification});
        let request = serde_json::from_value::<UpdateTableRequest>(request);
        let request = request.map_err(|error| ServiceError::server(error.to_string()))?;
        self.database.update_table(request).map_err(failed)?;
        Ok(())
    }

    /// The engine's description of a table.
    fn metadata(&self, table: &str) -> Result<TableMetadata, ServiceError> {
        let stored = self.database.get_table_metadata(table);
        let stored = stored.map_err(|error| ServiceError::server(error.to_string()))?;
        stored.ok_or_else(|| {
            let problem = format!("Requested resource not found: Table: {table} not found");
            ServiceError::client("ResourceNotFoundException", problem)
        })
    }

    fn describe(&self, request: &TableRequest) -> Result<Value, ServiceError> {
        let table = request.table_name.as_str();
        self.metadata(table)?;
        let stored = stored(&self.store).map_err(|error| ServiceError::server(error.to_string()))?;
        let declared = self.declared.get(table);
        let change_stream = declared.map_or_else(|| stored.get(table), Option::as_ref);
        let destination = change_stream.map(|change_stream| {
            let is_active = declared.is_some() || self.active.contains_key(table);
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

    fn describe_backups(&self, request: &TableRequest) -> Result<Value, ServiceError> {
        let table = request.table_name.as_str();
        self.metadata(table).map_err(|error| match error.status {
            StatusCode::BAD_REQUEST => {
                ServiceError::client("TableNotFoundException", format!("Table not found: {table}"))
            }
            _ => error,
        })?;
        let recovery = json!({"PointInTimeRecoveryStatus": "DISABLED"});
        // The status of continuous backups is ENABLED for every table (API reference, `DescribeContinuousBackups`).
        let description =
            json!({"ContinuousBackupsStatus": "ENABLED", "PointInTimeRecoveryDescription": recovery});
        Ok(json!({"ContinuousBackupsDescription": description}))
    }
}

/// Parses a request, which may name its table by ARN.
fn parse_named<T: DeserializeOwned>(operation: &str, body: &Bytes) -> Result<T, ServiceError> {
    let (_, body) = TableArns::take(operation, body.clone())?;
    parse(&body)
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
