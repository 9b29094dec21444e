//! Creates the template's tables, or checks that the stored tables are the same.

use std::collections::BTreeSet;

use dynoxide::Database;
use dynoxide::actions::create_table::CreateTableRequest;
use dynoxide::actions::update_time_to_live::UpdateTimeToLiveRequest;
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

/// Creates a table, or checks the stored one, and sets its time-to-live attribute.
pub(crate) fn create(database: &Database, table: &Table) -> Result<(), DynamoDbError> {
    let wanted = request(table);
    if let Some(stored) = database.get_table_metadata(&table.name)? {
        let attributes = stored.attribute_definitions.as_str();
        let indexes = stored.gsi_definitions.as_deref().unwrap_or("[]");
        same(table, "key", &stored.key_schema, &wanted["KeySchema"])?;
        same(table, "set of key attributes", attributes, &wanted["AttributeDefinitions"])?;
        same(table, "set of indexes", indexes, &wanted["GlobalSecondaryIndexes"])?;
    } else {
        database.create_table(typed::<CreateTableRequest>(table, wanted)?)?;
    }
    if let Some(attribute) = &table.ttl_attribute {
        let specification = json!({"AttributeName": attribute, "Enabled": true});
        let request = json!({"TableName": table.name, "TimeToLiveSpecification": specification});
        let stored = database.get_table_metadata(&table.name)?;
        if stored.is_none_or(|stored| stored.ttl_attribute.as_ref() != Some(attribute)) {
            database.update_time_to_live(typed::<UpdateTimeToLiveRequest>(table, request)?)?;
        }
    }
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
    let view = table.change_stream.as_ref().map(|_| StreamView::NewAndOldImages).or(table.stream_view);
    if let Some(view) = view {
        request["StreamSpecification"] = json!({"StreamEnabled": true, "StreamViewType": view.name()});
    }
    request
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
