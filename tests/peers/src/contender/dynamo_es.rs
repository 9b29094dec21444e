//! `dynamo-es` with `cqrs-es`: an event table, and a view or snapshots in a second table.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use aws_sdk_dynamodb::Client;
use cqrs_es::persist::{GenericQuery, PersistedEventRepository, PersistedEventStore, SerializedEvent};
use cqrs_es::{
    Aggregate, AggregateContext, AggregateError, CqrsFramework, DomainEvent, EventEnvelope, EventStore,
    Query, View, event_sink::EventSink,
};
use domain::order::Order;
use domain::product::{Product, ProductState};
use dynamo_es::{DynamoCqrs, DynamoEventRepository, DynamoViewRepository};
use es_core::Decider;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::port::{Contender, Verdict};
use crate::counting::Counter;
use crate::database::{Database, Keys, number_key, text_key};
use crate::error::{PeersError, failed};
use crate::shapes::{DYNAMO_ES, DYNAMO_ES_SNAPSHOTS, DYNAMO_ES_VIEW};
use crate::shop::{Command, FIRST_PRICE, Shop, pricing};

/// The most events of a transaction. Source: `dynamo-es` refuses more than 25 actions, and one is the snapshot.
const EVENTS_AT_ONCE: i64 = 24;

/// A decider of the shop as an aggregate of `cqrs-es`.
#[derive(Debug, Serialize, Deserialize)]
#[serde(bound = "", transparent)]
pub(crate) struct Adapted<D: Shop> {
    /// The state of the decider.
    pub(crate) state: D::State,
}

impl<D: Shop> Default for Adapted<D> {
    fn default() -> Self {
        Self { state: D::State::default() }
    }
}

/// An event of the shop as an event of `cqrs-es`.
#[derive(Serialize, Deserialize)]
#[serde(bound = "", transparent)]
pub(crate) struct AdaptedEvent<D: Shop>(pub(crate) D::Event);

impl<D: Shop> Clone for AdaptedEvent<D> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<D: Shop> PartialEq for AdaptedEvent<D> {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}

impl<D: Shop> fmt::Debug for AdaptedEvent<D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl<D: Shop> DomainEvent for AdaptedEvent<D> {
    fn event_type(&self) -> String {
        D::event_type(&self.0).to_owned()
    }

    fn event_version(&self) -> String {
        "1".to_owned()
    }
}

impl<D: Shop> Aggregate for Adapted<D> {
    const TYPE: &'static str = D::NAME;

    type Command = D::Command;
    type Event = AdaptedEvent<D>;
    type Error = D::Error;
    type Services = ();

    async fn handle(&mut self, command: D::Command, (): &(), sink: &EventSink<Self>) -> Result<(), D::Error> {
        for event in D::decide(&self.state, command)? {
            sink.write(AdaptedEvent(event), self).await;
        }
        Ok(())
    }

    fn apply(&mut self, event: AdaptedEvent<D>) {
        self.state = D::evolve(std::mem::take(&mut self.state), &event.0);
    }
}

/// A view with what a page of the aggregate shows: its first event and its state.
#[derive(Serialize, Deserialize)]
#[serde(bound = "")]
pub(crate) struct Page<D: Shop> {
    opened: Option<D::Event>,
    state: D::State,
}

impl<D: Shop> Default for Page<D> {
    fn default() -> Self {
        Self { opened: None, state: D::State::default() }
    }
}

impl<D: Shop> fmt::Debug for Page<D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Page").field("opened", &self.opened).field("state", &self.state).finish()
    }
}

impl<D: Shop> View<Adapted<D>> for Page<D> {
    fn update(&mut self, envelope: &EventEnvelope<Adapted<D>>) {
        let event = &envelope.payload.0;
        self.state = D::evolve(std::mem::take(&mut self.state), event);
        self.opened.get_or_insert_with(|| event.clone());
    }
}

/// The table of the views of an aggregate.
pub(crate) type PageRepository<D> = DynamoViewRepository<Page<D>, Adapted<D>>;

/// The keys of the table of the views.
pub(crate) fn view_keys() -> Keys {
    Keys { partition: text_key("ViewId"), sort: None }
}

/// What is stored besides the events.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    /// Nothing.
    Events,
    /// A view, which each command updates.
    View,
    /// Snapshots, as often as the decider wants them.
    Snapshots,
}

/// The tables of one aggregate.
#[derive(Debug, Clone)]
struct Tables {
    events: String,
    snapshots: String,
    view: String,
}

impl Tables {
    fn repository(&self, client: &Client) -> DynamoEventRepository {
        DynamoEventRepository::new(client.clone()).with_tables(&self.events, &self.snapshots)
    }

    fn store<D: Shop>(
        &self,
        client: &Client,
        mode: Mode,
    ) -> PersistedEventStore<DynamoEventRepository, Adapted<D>> {
        let repository = self.repository(client);
        match mode {
            Mode::Events | Mode::View => PersistedEventStore::new_event_store(repository),
            Mode::Snapshots => {
                PersistedEventStore::new_snapshot_store(repository, D::SNAPSHOT.every.get().into())
            }
        }
    }

    fn framework<D: Shop>(&self, client: &Client, mode: Mode) -> DynamoCqrs<Adapted<D>> {
        let mut queries: Vec<Box<dyn Query<Adapted<D>>>> = Vec::new();
        if mode == Mode::View {
            let views = PageRepository::<D>::new(&self.view, client.clone());
            queries.push(Box::new(GenericQuery::new(Arc::new(views))));
        }
        CqrsFramework::new(self.store(client, mode), queries, ())
    }
}

/// The peer `dynamo-es`.
pub(crate) struct DynamoEs {
    mode: Mode,
    tables: Tables,
    client: Client,
    orders: DynamoCqrs<Adapted<Order>>,
    products: DynamoCqrs<Adapted<Product>>,
    counter: Counter,
}

impl DynamoEs {
    /// The peer with new tables, as its own script creates them.
    pub(crate) async fn new(database: &Database, mode: Mode) -> Result<Self, PeersError> {
        let aggregate = text_key("AggregateTypeAndId");
        let events = Keys { partition: aggregate.clone(), sort: Some(number_key("AggregateIdSequence")) };
        let snapshots = Keys { partition: aggregate, sort: None };
        let tables = Tables {
            events: database.table("dynamo-es-events", &events, &[]).await?,
            snapshots: database.table("dynamo-es-snapshots", &snapshots, &[]).await?,
            view: database.table("dynamo-es-view", &view_keys(), &[]).await?,
        };
        let counter = Counter::default();
        let client = database.client(&counter);
        let (orders, products) = (tables.framework(&client, mode), tables.framework(&client, mode));
        Ok(Self { mode, tables, client, orders, products, counter })
    }
}

async fn carry_out<D: Shop>(
    framework: &DynamoCqrs<Adapted<D>>,
    command: &Command<D>,
) -> Result<Verdict, PeersError> {
    match framework.execute(&command.id.to_string(), command.wanted.clone()).await {
        Ok(()) => Ok(Verdict::Done),
        Err(AggregateError::UserError(_)) => Ok(Verdict::Refused),
        Err(AggregateError::AggregateConflict) => Ok(Verdict::Conflict),
        Err(error) if is_conflict(&error) => Ok(Verdict::Conflict),
        Err(error) => Err(failed("carry out a command with dynamo-es")(error.to_string())),
    }
}

/// Whether `error` is a transaction that met another one. `dynamo-es` reports it as an unexpected error.
fn is_conflict<E: std::error::Error>(error: &AggregateError<E>) -> bool {
    format!("{error:?}").contains("TransactionConflict")
}

#[async_trait]
impl Contender for DynamoEs {
    fn name(&self) -> &'static str {
        match self.mode {
            Mode::Events => DYNAMO_ES,
            Mode::View => DYNAMO_ES_VIEW,
            Mode::Snapshots => DYNAMO_ES_SNAPSHOTS,
        }
    }

    fn counter(&self) -> &Counter {
        &self.counter
    }

    async fn order(&self, command: &Command<Order>) -> Result<Verdict, PeersError> {
        carry_out(&self.orders, command).await
    }

    async fn product(&self, command: &Command<Product>) -> Result<Verdict, PeersError> {
        carry_out(&self.products, command).await
    }

    /// Writes several events in one transaction, because one load for each event would read the whole history again.
    async fn write_history(&self, id: Uuid, events: i64) -> Result<(), PeersError> {
        let repository = self.tables.repository(&self.client);
        let every = i64::from(Product::SNAPSHOT.every.get());
        let mut state = ProductState::default();
        let mut snapshots = 0;
        let mut written = 0;
        while written < events {
            let upto = (written + EVENTS_AT_ONCE - EVENTS_AT_ONCE % every).min(events);
            let mut serialized = Vec::new();
            for event in written..upto {
                let decided = Product::decide(&state, pricing(FIRST_PRICE + event)?);
                for decided in decided.map_err(failed("decide"))? {
                    state = Product::evolve(state, &decided);
                    let envelope = EventEnvelope::<Adapted<Product>> {
                        aggregate_id: id.to_string(),
                        sequence: usize::try_from(event + 1).unwrap_or_default(),
                        payload: AdaptedEvent(decided),
                        metadata: HashMap::new(),
                    };
                    let event = SerializedEvent::try_from(&envelope);
                    serialized.push(event.map_err(|error| failed("serialize an event")(error.to_string()))?);
                }
            }
            let snapshot = if self.mode == Mode::Snapshots && upto % every == 0 {
                snapshots += 1;
                let value = serde_json::to_value(&state).map_err(failed("serialize a snapshot"))?;
                Some((id.to_string(), value, snapshots))
            } else {
                None
            };
            let persisted = repository.persist::<Adapted<Product>>(&serialized, snapshot).await;
            persisted.map_err(|error| failed("write a history with dynamo-es")(error.to_string()))?;
            written = upto;
        }
        Ok(())
    }

    async fn load(&self, id: Uuid) -> Result<ProductState, PeersError> {
        let store = self.tables.store::<Product>(&self.client, self.mode);
        let loaded = store.load_aggregate(&id.to_string()).await;
        let mut context = loaded.map_err(|error| failed("load with dynamo-es")(error.to_string()))?;
        Ok(std::mem::take(&mut context.aggregate().state))
    }
}
