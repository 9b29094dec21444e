//! The unfinished work: changes that are not in the streams yet, and records that a mapping has not finished. If both
//! are zero, every mapping from a stream or a table has processed every change. Messages in queues are not counted.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use serde::Serialize;
use stack_base::store::{Location, SqliteError, SqliteStore};
use stack_dynamodb::DynamoDb;
use stack_dynamodb::bridge::{BridgeError, Outbox, table_stream};
use stack_kinesis::{Kinesis, KinesisError, undelivered};
use stack_template::{EventSource, EventSourceMapping, Table, Template};

/// The unfinished work at one moment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Backlog {
    /// Number of changes per table that are not in each of its streams yet.
    unpublished: BTreeMap<String, u64>,
    /// Number of records per mapping that it has not finished.
    undelivered: BTreeMap<String, u64>,
}

/// Why the backlog cannot be determined.
#[derive(Debug, thiserror::Error)]
pub(crate) enum BacklogError {
    #[error(transparent)]
    Stream(#[from] KinesisError),
    #[error(transparent)]
    Store(#[from] SqliteError),
}

/// Determines the backlog. Clones share the connections.
#[derive(Clone)]
pub(crate) struct BacklogReader(Arc<Inner>);

struct Inner {
    store: SqliteStore,
    kinesis: Kinesis,
    mappings: Vec<EventSourceMapping>,
    outboxes: Mutex<Vec<PublishedTable>>,
}

/// A table whose changes bridges publish.
struct PublishedTable {
    outbox: Outbox,
    /// The names under which the bridges of the table store their positions.
    sources: Vec<String>,
}

impl BacklogReader {
    /// Opens the backlog of a template's tables and mappings.
    ///
    /// # Errors
    /// [`BridgeError`] when an outbox cannot be opened.
    pub(crate) fn new(
        template: &Template,
        engine: &DynamoDb,
        location: &Location,
        store: &SqliteStore,
        kinesis: &Kinesis,
    ) -> Result<Self, BridgeError> {
        let mut outboxes = Vec::new();
        for table in &template.tables {
            let sources = sources(template, table);
            if !sources.is_empty() {
                let outbox = Outbox::open(engine.database().clone(), location, &table.name)?;
                outboxes.push(PublishedTable { outbox, sources });
            }
        }
        let (store, kinesis, mappings) = (store.clone(), kinesis.clone(), template.mappings.clone());
        Ok(Self(Arc::new(Inner { store, kinesis, mappings, outboxes: Mutex::new(outboxes) })))
    }

    /// Number of changes per table that are not in each of its streams yet.
    pub(crate) fn unpublished(&self) -> Result<BTreeMap<String, u64>, BacklogError> {
        let Inner { kinesis, outboxes, .. } = &*self.0;
        let mut unpublished = BTreeMap::new();
        for PublishedTable { outbox, sources } in
            outboxes.lock().unwrap_or_else(PoisonError::into_inner).iter()
        {
            // The slowest bridge decides. The streams of tables are in the same database as the Kinesis streams.
            let mut count = 0;
            for source in sources {
                count = outbox.count(kinesis.position_of(source)?)?.max(count);
            }
            unpublished.insert(outbox.table().to_owned(), count);
        }
        Ok(unpublished)
    }

    /// The unfinished work now.
    pub(crate) fn now(&self) -> Result<Backlog, BacklogError> {
        let Inner { store, mappings, .. } = &*self.0;
        let unpublished = self.unpublished()?;
        // The mappings are counted after the outboxes. A change that is published in between is therefore counted at
        // least once.
        let undelivered = mappings
            .iter()
            .map(|mapping| Ok::<_, SqliteError>((mapping.id.clone(), undelivered(store, mapping)?)));
        Ok(Backlog { unpublished, undelivered: undelivered.collect::<Result<_, _>>()? })
    }
}

/// The names under which the bridges of a table store their positions: the bridge to the Kinesis stream of the table, and
/// the bridge to the table's own stream, which exists if a mapping reads that stream.
fn sources(template: &Template, table: &Table) -> Vec<String> {
    let is_read = |mapping: &EventSourceMapping| matches!(&mapping.source, EventSource::DynamoDb { table: read } if *read == table.name);
    let to_kinesis = table.change_stream.is_some().then(|| table.name.clone());
    let own = template.mappings.iter().any(is_read).then(|| table_stream(&table.name).name);
    to_kinesis.into_iter().chain(own).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::time::Duration;

    use serde_json::{Value, json};
    use stack_base::chaos::Chaos;
    use stack_base::stop::Stop;
    use stack_base::store::{Location, SqliteStore};
    use stack_dynamodb::bridge::{Bridge, table_stream};
    use stack_dynamodb::{Changes, DynamoDb};
    use stack_kinesis::{Kinesis, SCHEMAS};
    use stack_template::Template;
    use tokio::time::{sleep, timeout};
    use uuid::Uuid;

    use super::BacklogReader;

    /// A template with three tables. A function reads the streams of `read` and `both`, and `both` also has a Kinesis stream.
    fn template() -> Template {
        let table = |streams: Value| {
            let key = json!([{"AttributeName": "pk", "KeyType": "HASH"}]);
            let attributes = json!([{"AttributeName": "pk", "AttributeType": "S"}]);
            let mut properties = json!({"KeySchema": key, "AttributeDefinitions": attributes});
            properties.as_object_mut().unwrap().extend(streams.as_object().unwrap().clone());
            json!({"Type": "AWS::DynamoDB::Table", "Properties": properties})
        };
        let own = json!({"StreamViewType": "NEW_AND_OLD_IMAGES"});
        let to_kinesis = json!({"StreamArn": {"Fn::GetAtt": "Changes.Arn"}});
        let event = |table: &str| {
            let stream = json!({"Fn::GetAtt": [table, "StreamArn"]});
            json!({"Type": "DynamoDB", "Properties": {"Stream": stream, "StartingPosition": "TRIM_HORIZON"}})
        };
        let events = json!({"Read": event("read"), "Both": event("both")});
        let document = json!({"Resources": {
            "Changes": {"Type": "AWS::Kinesis::Stream"},
            "read": table(json!({"StreamSpecification": own})),
            "both": table(json!({"StreamSpecification": own, "KinesisStreamSpecification": to_kinesis})),
            "unread": table(json!({"StreamSpecification": own})),
            "Reader": {"Type": "AWS::Serverless::Function", "Properties": {"CodeUri": "target/reader", "Events": events}},
        }});
        Template::from_document(&document, &BTreeMap::new(), "http://127.0.0.1:1").unwrap()
    }

    #[tokio::test]
    async fn a_change_is_unpublished_until_every_stream_of_its_table_has_it() {
        let (stop, changes, template) = (Stop::default(), Changes::default(), template());
        let location = Location::Memory(Uuid::new_v4());
        let engine = DynamoDb::start(&location, &template.tables, &changes, stop.listen()).await.unwrap();
        let store = SqliteStore::open(&location, SCHEMAS).unwrap();
        let kinesis = Kinesis::open(store.clone(), &template.streams, 1).unwrap();
        let own = Kinesis::open(store.clone(), &["read", "both"].map(table_stream), 1).unwrap();
        let backlogs = BacklogReader::new(&template, &engine, &location, &store, &kinesis).unwrap();
        for table in &template.tables {
            let put = json!({"TableName": table.name, "Item": {"pk": {"S": "a"}}});
            engine.database().put_item(serde_json::from_value(put).unwrap()).unwrap();
        }
        let counts =
            |read: u64, both: u64| BTreeMap::from([("both".to_owned(), both), ("read".to_owned(), read)]);
        let until = async |expected| {
            while backlogs.unpublished().unwrap() != expected {
                sleep(Duration::from_millis(10)).await;
            }
        };
        assert_eq!(backlogs.unpublished().unwrap(), counts(1, 1));
        for table in ["read", "both"] {
            let bridge = Bridge::open_table_stream(table, &engine, &location, &own).unwrap();
            bridge.start(&changes, stop.listen());
        }
        let published = timeout(Duration::from_secs(30), until(counts(0, 1))).await;
        assert!(published.is_ok(), "{:?}", backlogs.unpublished());
        let both = template.tables.iter().find(|table| table.name == "both").unwrap();
        let bridge = Bridge::open(both, &engine, &location, &kinesis, &Chaos::default(), true).unwrap();
        bridge.unwrap().start(&changes, stop.listen());
        let published = timeout(Duration::from_secs(30), until(counts(0, 0))).await;
        assert!(published.is_ok(), "{:?}", backlogs.unpublished());
    }
}
