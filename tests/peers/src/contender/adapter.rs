//! `event-store-adapter-rs`: a journal, a head for each stream, and snapshots.

use async_trait::async_trait;
use chrono::Utc;
use domain::order::Order;
use domain::product::{Product, ProductState};
use event_store_adapter_rs::{
    AggregateId, DynamoDbOptions, DynamoDbTables, EventEnvelope, EventStore, EventStoreError,
    EventStoreForDynamoDB, SnapshotEnvelope,
};
use uuid::Uuid;

use super::port::{Contender, Verdict};
use crate::counting::Counter;
use crate::database::{Database, Keys, number_key, text_key};
use crate::error::{PeersError, failed};
use crate::shapes::ADAPTER;
use crate::shop::{Command, FIRST_PRICE, Shop, price, register};

/// The id of an aggregate.
#[derive(Debug, Clone)]
pub(crate) struct Id {
    type_name: &'static str,
    id: Uuid,
}

impl Id {
    /// The id of the aggregate `id` of `D`.
    pub(crate) fn of<D: Shop>(id: Uuid) -> Self {
        Self { type_name: D::NAME, id }
    }
}

impl AggregateId for Id {
    fn type_name(&self) -> String {
        self.type_name.to_owned()
    }

    fn value(&self) -> String {
        self.id.to_string()
    }
}

type Store<D> = EventStoreForDynamoDB<Id, <D as es_core::Decider>::State, <D as es_core::Decider>::Event>;

/// The peer `event-store-adapter-rs`.
#[derive(Debug)]
pub(crate) struct Adapter {
    orders: Store<Order>,
    products: Store<Product>,
    counter: Counter,
}

impl Adapter {
    /// The peer with new tables.
    pub(crate) async fn new(database: &Database) -> Result<Self, PeersError> {
        let aggregate = text_key("aid");
        let journal = Keys { partition: aggregate.clone(), sort: Some(number_key("seq_nr")) };
        let snapshot = Keys { partition: aggregate.clone(), sort: Some(number_key("skey")) };
        let head = Keys { partition: aggregate, sort: None };
        let tables = DynamoDbTables {
            journal_table_name: database.table("adapter-journal", &journal, &[]).await?,
            snapshot_table_name: database.table("adapter-snapshot", &snapshot, &[]).await?,
            head_table_name: database.table("adapter-head", &head, &[]).await?,
            // Only a store with a history of snapshots reads this index, and these stores keep the latest snapshot.
            snapshot_history_index_name: "snapshot-history".to_owned(),
        };
        let counter = Counter::default();
        let client = database.client(&counter);
        let options = DynamoDbOptions::default;
        let orders = EventStoreForDynamoDB::open(client.clone(), tables.clone(), options());
        let orders = orders.await.map_err(failed("open event-store-adapter-rs"))?;
        let products = EventStoreForDynamoDB::open(client, tables, options());
        let products = products.await.map_err(failed("open event-store-adapter-rs"))?;
        Ok(Self { orders, products, counter })
    }
}

/// The state and the version of the aggregate `id`: the snapshot, and the events after it if there are any.
pub(crate) async fn load<D: Shop>(
    store: &impl EventStore<AID = Id, A = D::State, P = D::Event>,
    id: &Id,
) -> Result<(D::State, u64), PeersError> {
    let read = store.get_latest_snapshot_by_id(id).await.map_err(failed("read a snapshot"))?;
    let Some(read) = read else { return Ok((D::State::default(), 0)) };
    let (snapshot, head) = read.into_parts();
    let (mut state, mut version) = match snapshot {
        Some(snapshot) => {
            let version = snapshot.seq_nr();
            (snapshot.into_aggregate(), version)
        }
        None => (D::State::default(), 0),
    };
    if version < head {
        let events = store.get_events_by_id_since_seq_nr(id, version + 1).await;
        for event in events.map_err(failed("read events"))? {
            state = D::evolve(state, event.payload());
            version = event.seq_nr();
        }
    }
    Ok((state, version))
}

/// Carries out `command` on `store`.
pub(crate) async fn carry_out<D: Shop>(
    store: &impl EventStore<AID = Id, A = D::State, P = D::Event>,
    command: &Command<D>,
) -> Result<Verdict, PeersError> {
    let id = Id::of::<D>(command.id);
    let (mut state, mut version) =
        if command.opens { (D::State::default(), 0) } else { load::<D>(store, &id).await? };
    let Ok(events) = D::decide(&state, command.wanted.clone()) else { return Ok(Verdict::Refused) };
    for event in events {
        version += 1;
        state = D::evolve(state, &event);
        let envelope = EventEnvelope::new(id.clone(), version, Utc::now(), event.clone());
        let envelope = envelope.with_manifest(D::event_type(&event));
        let persisted = if version % u64::from(D::SNAPSHOT.every.get()) == 0 {
            store.persist_event_and_snapshot(envelope, SnapshotEnvelope::new(state.clone(), version)).await
        } else {
            store.persist_event(envelope).await
        };
        match persisted {
            Ok(()) => {}
            Err(EventStoreError::OptimisticLock { .. }) => return Ok(Verdict::Conflict),
            Err(error) => return Err(failed("append with event-store-adapter-rs")(error)),
        }
    }
    Ok(Verdict::Done)
}

#[async_trait]
impl Contender for Adapter {
    fn name(&self) -> &'static str {
        ADAPTER
    }

    fn counter(&self) -> &Counter {
        &self.counter
    }

    async fn order(&self, command: &Command<Order>) -> Result<Verdict, PeersError> {
        carry_out::<Order>(&self.orders, command).await
    }

    async fn product(&self, command: &Command<Product>) -> Result<Verdict, PeersError> {
        carry_out::<Product>(&self.products, command).await
    }

    async fn write_history(&self, id: Uuid, events: i64) -> Result<(), PeersError> {
        carry_out::<Product>(&self.products, &register(id)?).await?;
        for event in 1..events {
            carry_out::<Product>(&self.products, &price(id, FIRST_PRICE + event, String::new())?).await?;
        }
        Ok(())
    }

    async fn load(&self, id: Uuid) -> Result<ProductState, PeersError> {
        Ok(load::<Product>(&self.products, &Id::of::<Product>(id)).await?.0)
    }
}
