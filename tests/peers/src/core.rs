//! The instructions of a command without I/O: from the stored items, through the decider, to the item to store.
//!
//! This program runs itself under callgrind, a tool of valgrind, once with and once without the commands. The count does
//! not depend on other work of the machine.

use std::collections::HashMap;
use std::env;
use std::num::NonZeroU16;
use std::process::Command as Process;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::AttributeValue;
use cqrs_es::persist::{
    PersistedEventRepository, PersistedEventStore, PersistenceError, ReplayStream, SerializedEvent,
    SerializedSnapshot,
};
use cqrs_es::{Aggregate, CqrsFramework};
use domain::order::Order;
use dynamo::AttributeMap;
use es_core::{
    AppendError, Appended, Commit, EventAppender, EventReader, Load, ScanCursor, ScanPage, Segment,
    StoreError, StreamId, StreamVersion,
};
use event_store::CommitItem;
use event_store_adapter_rs::{EventStoreForMemory, MemoryStorage, RetentionSettings};
use serde_json::Value;
use uuid::Uuid;

use crate::contender::{Adapted, adapter, own};
use crate::database::{number, text};
use crate::error::{PeersError, failed};
use crate::shapes::{ADAPTER, OWN};
use crate::shop::{Command, confirm, create};
use crate::table::{NONE, Table, whole};

/// The orders of a counted run.
const ORDERS: u128 = 400;
/// The cores: rows of the table, and arguments of the counted run.
const CORES: [(&str, &str); 3] = [(OWN, "own"), ("cqrs-es", "cqrs-es"), (ADAPTER, "adapter")];

/// Fills the table `core`. Without valgrind its cells say that nothing was measured.
pub(crate) fn table() -> Result<Table, PeersError> {
    let mut table = Table::new("core")?;
    if Process::new("valgrind").arg("--version").output().is_err() {
        return Ok(table);
    }
    for (row, core) in CORES {
        let with = instructions(core, "confirm")?;
        let without = instructions(core, "create")?;
        let each = with.saturating_sub(without) as f64 / ORDERS as f64;
        table.set(row, [if each > 0.0 { whole(each) } else { NONE.to_owned() }])?;
    }
    Ok(table)
}

/// The instructions of this program that creates orders, and with `confirm` also confirms them.
fn instructions(core: &str, upto: &str) -> Result<u64, PeersError> {
    let program = env::current_exe().map_err(failed("find this program"))?;
    let output = Process::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .arg(program)
        .args(["core", core, upto])
        .output()
        .map_err(failed("run valgrind"))?;
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    let collected = text.lines().find_map(|line| line.split_once("Collected : "));
    let count = collected.and_then(|(_, count)| count.trim().parse().ok());
    count.filter(|_| output.status.success()).ok_or_else(|| failed("count instructions")(text))
}

/// The counted run. Both runs prepare the same commands, so only their execution differs.
pub(crate) async fn run(core: &str, upto: &str) -> Result<(), PeersError> {
    let confirms: Vec<Command<Order>> = ids().map(confirm).collect();
    let executions: Vec<_> = confirms.iter().map(own::execution).collect::<Result<_, _>>()?;
    let is_counted = upto == "confirm";
    match core {
        "own" => {
            let store = Commits::default();
            for id in ids() {
                own::carry_out(&store, &create(id)?).await?;
            }
            for execution in executions.into_iter().filter(|_| is_counted) {
                own::send::<Order>(&store, execution).await?;
            }
        }
        "cqrs-es" => {
            let store = PersistedEventStore::<Events, Adapted<Order>>::new_event_store(Events::default());
            let framework = CqrsFramework::new(store, Vec::new(), ());
            for id in ids() {
                let sent = framework.execute(&id.to_string(), create(id)?.wanted).await;
                sent.map_err(|error| failed("create with cqrs-es")(error.to_string()))?;
            }
            for command in confirms.into_iter().filter(|_| is_counted) {
                let sent = framework.execute(&command.id.to_string(), command.wanted).await;
                sent.map_err(|error| failed("confirm with cqrs-es")(error.to_string()))?;
            }
        }
        _ => {
            let storage = MemoryStorage::new(RetentionSettings::current_only());
            let store = EventStoreForMemory::new(storage.map_err(failed("make a store"))?);
            for id in ids() {
                adapter::carry_out::<Order>(&store, &create(id)?).await?;
            }
            for command in confirms.iter().filter(|_| is_counted) {
                adapter::carry_out::<Order>(&store, command).await?;
            }
        }
    }
    Ok(())
}

/// The same ids in each run.
fn ids() -> impl Iterator<Item = Uuid> {
    (1..=ORDERS).map(|number| Uuid::from_u128(number << 64 | 0x4000_8000))
}

/// Items of the event table in memory.
#[derive(Debug, Default)]
struct Commits(Mutex<HashMap<StreamId, Vec<AttributeMap>>>);

impl EventReader for Commits {
    async fn load(&self, load: Load<'_>) -> Result<Vec<Commit>, StoreError> {
        let items = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let commit = |item: &AttributeMap| Ok(Commit::try_from(CommitItem::read(item)?)?);
        items.get(load.stream).into_iter().flatten().map(commit).collect()
    }

    async fn commits_after(
        &self,
        _: &StreamId,
        _: StreamVersion,
        _: NonZeroU16,
    ) -> Result<Vec<Commit>, StoreError> {
        // No other writer appends in a counted run.
        Ok(Vec::new())
    }

    async fn load_all(
        &self,
        _: Segment,
        _: Option<&ScanCursor>,
        _: NonZeroU16,
    ) -> Result<ScanPage, StoreError> {
        // A command does not scan.
        Ok(ScanPage { commits: Vec::new(), unreadable: Vec::new(), next: None })
    }
}

impl EventAppender for Commits {
    async fn append(&self, commit: &Commit) -> Result<Appended, AppendError> {
        let item = CommitItem::try_from(commit).map_err(StoreError::from)?.into_attributes();
        let mut items = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        items.entry(commit.stream.clone()).or_default().push(item);
        Ok(Appended::New)
    }

    /// Nothing to wait for: no other writer appends.
    async fn pause(&self, _: Duration) {}
}

/// Items of `dynamo-es` in memory. Its own conversion is not public, so this one has the same attributes.
#[derive(Debug, Clone, Default)]
struct Events(Arc<Mutex<HashMap<String, Vec<AttributeMap>>>>);

/// The item of an event, as `dynamo-es` writes it.
fn to_item(event: &SerializedEvent) -> Result<AttributeMap, PersistenceError> {
    let bytes =
        |value: &Value| Ok::<_, PersistenceError>(AttributeValue::B(Blob::new(serde_json::to_vec(value)?)));
    Ok(AttributeMap::from([
        ("AggregateTypeAndId".to_owned(), text(format!("{}:{}", event.aggregate_type, event.aggregate_id))),
        ("AggregateIdSequence".to_owned(), number(event.sequence)),
        ("AggregateType".to_owned(), text(&event.aggregate_type)),
        ("AggregateId".to_owned(), text(&event.aggregate_id)),
        ("EventVersion".to_owned(), text(&event.event_version)),
        ("EventType".to_owned(), text(&event.event_type)),
        ("Payload".to_owned(), bytes(&event.payload)?),
        ("Metadata".to_owned(), bytes(&event.metadata)?),
    ]))
}

/// The event of an item, as `dynamo-es` reads it.
fn from_item(item: &AttributeMap) -> Result<SerializedEvent, PersistenceError> {
    let string = |name: &str| item.get(name).and_then(|value| value.as_s().ok()).cloned().unwrap_or_default();
    let json = |name: &str| {
        let bytes = item.get(name).and_then(|value| value.as_b().ok());
        Ok::<_, PersistenceError>(serde_json::from_slice(bytes.map_or(&[][..], AsRef::as_ref))?)
    };
    let sequence = item.get("AggregateIdSequence").and_then(|value| value.as_n().ok()?.parse().ok());
    Ok(SerializedEvent {
        aggregate_id: string("AggregateId"),
        sequence: sequence.unwrap_or_default(),
        aggregate_type: string("AggregateType"),
        event_type: string("EventType"),
        event_version: string("EventVersion"),
        payload: json("Payload")?,
        metadata: json("Metadata")?,
    })
}

impl PersistedEventRepository for Events {
    async fn get_events<A: Aggregate>(&self, id: &str) -> Result<Vec<SerializedEvent>, PersistenceError> {
        let items = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        items.get(id).into_iter().flatten().map(from_item).collect()
    }

    async fn get_last_events<A: Aggregate>(
        &self,
        id: &str,
        last: usize,
    ) -> Result<Vec<SerializedEvent>, PersistenceError> {
        let events = self.get_events::<A>(id).await?;
        Ok(events.into_iter().filter(|event| event.sequence > last).collect())
    }

    async fn get_snapshot<A: Aggregate>(
        &self,
        _: &str,
    ) -> Result<Option<SerializedSnapshot>, PersistenceError> {
        Ok(None)
    }

    async fn persist<A: Aggregate>(
        &self,
        events: &[SerializedEvent],
        _: Option<(String, Value, usize)>,
    ) -> Result<(), PersistenceError> {
        for event in events {
            let item = to_item(event)?;
            let mut items = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            items.entry(event.aggregate_id.clone()).or_default().push(item);
        }
        Ok(())
    }

    async fn stream_events<A: Aggregate>(&self, _: &str) -> Result<ReplayStream, PersistenceError> {
        Ok(ReplayStream::new(1).1)
    }

    async fn stream_all_events<A: Aggregate>(&self) -> Result<ReplayStream, PersistenceError> {
        Ok(ReplayStream::new(1).1)
    }
}
