//! Creates the template's tables. A stored table gets the template's stream and time to live, and must have the same keys
//! and indexes.

use std::collections::BTreeSet;

use dynoxide::actions::create_table::CreateTableRequest;
use dynoxide::actions::update_table::UpdateTableRequest;
use dynoxide::actions::update_time_to_live::UpdateTimeToLiveRequest;
use dynoxide::{Database, TableMetadata};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use stack_template::{AttributeType, Index, KeySchema, Projection, StreamView, Table};

/// Why the database cannot be opened or a table cannot be set up.
#[derive(Debug, thiserror::Error)]
pub enum DynamoDbError {
    /// The engine returned an error.
    #[error("DynamoDB: {0}")]
    Engine(#[from] dynoxide::DynoxideError),
    /// The definition of a table is malformed.
    #[error("table {table}: {problem}")]
    Definition {
        /// Name of the table.
        table: String,
        /// What is wrong with the definition.
        problem: String,
    },
    /// The stored table differs from the template's table.
    #[error(
        "table {table} was stored with another {part} than the template has: use another --data directory"
    )]
    Changed {
        /// Name of the table.
        table: String,
        /// Which part differs.
        part: &'static str,
    },
    /// No loopback port is free.
    #[error("DynamoDB: cannot listen on a loopback port: {0}")]
    Listen(#[source] std::io::Error),
}

/// Creates a table. A stored table gets the template's stream, as from an update of the template's stack, and is refused if
/// it has other keys or indexes. Then sets the time-to-live attribute.
pub(crate) fn create(database: &Database, table: &Table) -> Result<(), DynamoDbError> {
    let wanted = request(table);
    let stored = database.get_table_metadata(&table.name)?;
    if let Some(stored) = &stored {
        let attributes = stored.attribute_definitions.as_str();
        let indexes = stored.gsi_definitions.as_deref().unwrap_or("[]");
        same(table, "key", &stored.key_schema, &wanted["KeySchema"])?;
        same(table, "set of key attributes", attributes, &wanted["AttributeDefinitions"])?;
        same(table, "set of indexes", indexes, &wanted["GlobalSecondaryIndexes"])?;
        update_stream(database, table, stored)?;
    } else {
        database.create_table(typed::<CreateTableRequest>(table, wanted)?)?;
    }
    let ttl_attribute = stored.as_ref().and_then(|stored| stored.ttl_attribute.as_deref());
    update_ttl(database, table, ttl_attribute)
}

/// Enables or disables the stream of a stored table. Another view is refused, because `DynamoDB` cannot change the view of a
/// stream (API reference, `UpdateTable`, `StreamSpecification`: "You receive a `ValidationException` if you try to enable a
/// stream on a table that already has a stream").
fn update_stream(database: &Database, table: &Table, stored: &TableMetadata) -> Result<(), DynamoDbError> {
    let current = stored.stream_view_type.as_deref().filter(|_| stored.stream_enabled);
    let specification = match (current, stream_view(table).map(StreamView::name)) {
        (None, None) => return Ok(()),
        (Some(current), Some(wanted)) if current == wanted => return Ok(()),
        (Some(_), Some(_)) => {
            return Err(DynamoDbError::Changed { table: table.name.clone(), part: "stream view" });
        }
        (None, Some(wanted)) => json!({"StreamEnabled": true, "StreamViewType": wanted}),
        (Some(_), None) => json!({"StreamEnabled": false}),
    };
    let request = json!({"TableName": table.name, "StreamSpecification": specification});
    database.update_table(typed::<UpdateTableRequest>(table, request)?)?;
    Ok(())
}

/// Enables or disables the time to live of a table. Another attribute is refused, because `DynamoDB` cannot change the
/// attribute of an enabled time to live (`CloudFormation` reference, `AWS::DynamoDB::Table`, `TimeToLiveSpecification`).
fn update_ttl(database: &Database, table: &Table, current: Option<&str>) -> Result<(), DynamoDbError> {
    let wanted = table.ttl_attribute.as_deref();
    let (attribute, is_enabled) = match (current, wanted) {
        (None, None) => return Ok(()),
        (Some(current), Some(wanted)) if current == wanted => return Ok(()),
        (Some(_), Some(_)) => {
            return Err(DynamoDbError::Changed { table: table.name.clone(), part: "time-to-live attribute" });
        }
        (None, Some(wanted)) => (wanted, true),
        (Some(current), None) => (current, false),
    };
    let specification = json!({"AttributeName": attribute, "Enabled": is_enabled});
    let request = json!({"TableName": table.name, "TimeToLiveSpecification": specification});
    database.update_time_to_live(typed::<UpdateTimeToLiveRequest>(table, request)?)?;
    Ok(())
}

/// The `CreateTable` request of a table.
fn request(table: &Table) -> Value {
    let kind = |kind: &AttributeType| match kind {
        AttributeType::Text => "S",
        AttributeType::Number => "N",
        AttributeType::Binary => "B",
    };
    let attributes: Vec<Value> = table
        .attributes
        .iter()
        .map(|(name, attribute)| json!({"AttributeName": name, "AttributeType": kind(attribute)}))
        .collect();
    let mut request = json!({
        "TableName": table.name,
        "KeySchema": key_schema(&table.key),
        "AttributeDefinitions": attributes,
        "BillingMode": "PAY_PER_REQUEST",
    });
    if !table.indexes.is_empty() {
        request["GlobalSecondaryIndexes"] = table.indexes.iter().map(index).collect();
    }
    if let Some(view) = stream_view(table) {
        request["StreamSpecification"] = json!({"StreamEnabled": true, "StreamViewType": view.name()});
    }
    request
}

/// The view of the engine's stream of a table. A table with a Kinesis destination needs both images, because its records in
/// the Kinesis stream come from the engine's stream.
fn stream_view(table: &Table) -> Option<StreamView> {
    table.change_stream.as_ref().map(|_| StreamView::NewAndOldImages).or(table.stream_view)
}

fn key_schema(key: &KeySchema) -> Value {
    let hash = json!({"AttributeName": key.hash, "KeyType": "HASH"});
    let range = key.range.as_ref().map(|range| json!({"AttributeName": range, "KeyType": "RANGE"}));
    std::iter::once(hash).chain(range).collect()
}

fn index(index: &Index) -> Value {
    let projection = match &index.projection {
        Projection::All => json!({"ProjectionType": "ALL"}),
        Projection::KeysOnly => json!({"ProjectionType": "KEYS_ONLY"}),
        Projection::Include(names) => json!({"ProjectionType": "INCLUDE", "NonKeyAttributes": names}),
    };
    json!({"IndexName": index.name, "KeySchema": key_schema(&index.key), "Projection": projection})
}

fn typed<T: DeserializeOwned>(table: &Table, request: Value) -> Result<T, DynamoDbError> {
    serde_json::from_value(request).map_err(|error| DynamoDbError::Definition {
        table: table.name.clone(),
        problem: error.to_string().trim_start_matches("VALIDATION:").to_owned(),
    })
}

/// Compares two lists of definitions, regardless of their order and of absent fields.
fn same(table: &Table, part: &'static str, stored: &str, wanted: &Value) -> Result<(), DynamoDbError> {
    let stored: Value = serde_json::from_str(stored).unwrap_or_default();
    if facts(&stored) == facts(wanted) {
        return Ok(());
    }
    Err(DynamoDbError::Changed { table: table.name.clone(), part })
}

fn facts(definitions: &Value) -> BTreeSet<String> {
    let fact = |definition: &Value| {
        let of = |names: &[&str]| names.iter().map(|name| definition[*name].to_string()).collect::<String>();
        of(&["AttributeName", "AttributeType", "KeyType", "IndexName", "KeySchema"])
            + &definition["Projection"]["ProjectionType"].to_string()
            + &definition["Projection"]["NonKeyAttributes"].to_string()
    };
    definitions.as_array().into_iter().flatten().map(fact).collect()
}
