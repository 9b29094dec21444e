//! Tests of tables from the template's definition to the engine.

use std::collections::BTreeMap;

use dynoxide::Database;
use stack_base::store::Location;
use stack_template::{
    AttributeType, ChangeStream, Index, KeySchema, Projection, StreamView, Table, TimePrecision,
};
use uuid::Uuid;

use super::definition::create;

fn table() -> Table {
    let key = |hash: &str| KeySchema { hash: hash.to_owned(), range: Some("sk".to_owned()) };
    Table {
        name: "orders".to_owned(),
        key: key("pk"),
        attributes: BTreeMap::from([
            ("owner".to_owned(), AttributeType::Text),
            ("pk".to_owned(), AttributeType::Text),
            ("sk".to_owned(), AttributeType::Number),
        ]),
        indexes: vec![Index { name: "by_owner".to_owned(), key: key("owner"), projection: Projection::All }],
        ttl_attribute: Some("expires".to_owned()),
        ..Table::default()
    }
}

fn database() -> Database {
    Database::new(&Location::Memory(Uuid::new_v4()).database("dynamodb")).unwrap()
}

#[test]
fn a_table_is_created_once_with_keys_index_and_ttl() {
    let database = database();
    create(&database, &table()).unwrap();
    create(&database, &table()).unwrap();
    let stored = database.get_table_metadata("orders").unwrap().unwrap();
    assert_eq!(stored.ttl_attribute.as_deref(), Some("expires"));
    assert!(stored.gsi_definitions.unwrap().contains("by_owner"));
    assert_eq!(database.table_count().unwrap(), 1);
}

#[test]
fn the_error_names_the_part_in_which_a_stored_table_differs() {
    let database = database();
    create(&database, &table()).unwrap();
    let mut without_index = table();
    without_index.indexes.clear();
    let mut keys_only = table();
    keys_only.indexes[0].projection = Projection::KeysOnly;
    let mut other_key = table();
    other_key.key.range = None;
    let mut other_ttl = table();
    other_ttl.ttl_attribute = Some("other".to_owned());
    for (changed, part) in [
        (without_index, "indexes"),
        (keys_only, "indexes"),
        (other_key, "key"),
        (other_ttl, "time-to-live attribute"),
    ] {
        let line = create(&database, &changed).unwrap_err().to_string();
        assert!(line.starts_with("table orders was stored with another") && line.contains(part), "{line}");
    }
}

/// The view of the stored table's stream, and its time-to-live attribute.
fn settings(database: &Database) -> (Option<String>, Option<String>) {
    let stored = database.get_table_metadata("orders").unwrap().unwrap();
    (stored.stream_view_type.filter(|_| stored.stream_enabled), stored.ttl_attribute)
}

#[test]
fn a_stored_table_gets_the_stream_and_the_time_to_live_of_the_template() {
    let database = database();
    let plain = Table { ttl_attribute: None, ..table() };
    let keys_only = Table { stream_view: Some(StreamView::KeysOnly), ..table() };
    let change_stream = ChangeStream { stream: "changes".to_owned(), precision: TimePrecision::Millisecond };
    let published = Table { change_stream: Some(change_stream), ..table() };
    let (both, expires) = (Some("NEW_AND_OLD_IMAGES".to_owned()), Some("expires".to_owned()));
    for (template, expected) in [
        (&plain, (None, None)),
        (&published, (both.clone(), expires.clone())),
        (&published, (both.clone(), expires.clone())),
        (&plain, (None, None)),
        (&keys_only, (Some("KEYS_ONLY".to_owned()), expires.clone())),
    ] {
        create(&database, template).unwrap();
        assert_eq!(settings(&database), expected);
    }
    let line = create(&database, &published).unwrap_err().to_string();
    assert!(line.starts_with("table orders was stored with another stream view"), "{line}");
    create(&database, &plain).unwrap();
    create(&database, &published).unwrap();
    assert_eq!(settings(&database), (both, expires));
}
