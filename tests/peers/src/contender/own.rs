//! This project's event store.

use std::time::Duration;

use async_trait::async_trait;
use domain::order::Order;
use domain::product::{Product, ProductState};
use es_core::{
    Category, EventAppender, EventReader, Execution, ExecutionError, Expectation, IdempotencyKey, Metadata,
    RequestHash, StreamId, execute, history_of,
};
use event_store::DynamoEventStore;
use uuid::Uuid;

use super::port::{Contender, Verdict, done};
use crate::counting::Counter;
use crate::database::Database;
use crate::error::{PeersError, failed};
use crate::shapes::{OWN, OWN_IN_A_DAY};
use crate::shop::{CUSTOMER, Command, FIRST_PRICE, Shop, earlier, now, price, register};

/// The event store of this project.
#[derive(Debug)]
pub(crate) struct Own {
    /// The store.
    pub(crate) store: DynamoEventStore,
    /// The name of its table.
    pub(crate) table: String,
    /// The counts of its requests.
    pub(crate) counter: Counter,
    /// The time between two events of a long history.
    spacing: Duration,
}

/// The time between two events of a long history. Within the lifetime of a key are about a hundred events.
const SPACING: Duration = Duration::from_mins(15);

impl Own {
    /// A store in a new event table.
    pub(crate) async fn new(database: &Database) -> Self {
        let counter = Counter::default();
        let table = database.event_table().await;
        let store = DynamoEventStore::new(database.client(&counter), &table);
        Self { store, table, counter, spacing: SPACING }
    }

    /// A store in a new event table, whose long history is one of a single day. Its snapshots remember the keys of all
    /// events.
    pub(crate) async fn in_a_day(database: &Database) -> Self {
        Self { spacing: Duration::ZERO, ..Self::new(database).await }
    }
}

/// Carries out `command` on `store`.
pub(crate) async fn carry_out<D: Shop>(
    store: &(impl EventReader + EventAppender),
    command: &Command<D>,
) -> Result<Verdict, PeersError> {
    send::<D>(store, execution(command)?).await
}

/// The execution of `command`.
pub(crate) fn execution<D: Shop>(command: &Command<D>) -> Result<Execution<D::Command>, PeersError> {
    Ok(Execution {
        stream: stream::<D>(command.id),
        command: command.wanted.clone(),
        expectation: if command.opens { Expectation::New } else { Expectation::Any },
        metadata: metadata(&command.key)?,
    })
}

/// Carries out `execution` on `store`.
pub(crate) async fn send<D: Shop>(
    store: &(impl EventReader + EventAppender),
    execution: Execution<D::Command>,
) -> Result<Verdict, PeersError> {
    match execute::<D, _>(store, execution).await {
        Ok(outcome) if outcome.replayed => Ok(Verdict::FirstAnswer),
        Ok(_) => Ok(Verdict::Done),
        Err(ExecutionError::Refused(_)) => Ok(Verdict::Refused),
        Err(ExecutionError::Contended { .. }) => Ok(Verdict::Conflict),
        Err(error) => Err(failed("carry out a command")(error)),
    }
}

/// The stream of the aggregate `id`.
pub(crate) fn stream<D: Shop>(id: Uuid) -> StreamId {
    let category: Category = D::CATEGORY;
    StreamId::new(category, id)
}

/// The metadata of a request with `key`.
pub(crate) fn metadata(key: &str) -> Result<Metadata, PeersError> {
    Ok(Metadata {
        occurred_at: now(),
        actor: CUSTOMER.to_owned(),
        key: IdempotencyKey::try_from(key.to_owned()).map_err(failed("make a key"))?,
        request_hash: RequestHash::from_request("POST /commands", &serde_json::json!({ "key": key })),
        traceparent: Some("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01".to_owned()),
        correlation_id: Uuid::new_v4().to_string(),
        causation_id: Uuid::new_v4().to_string(),
    })
}

#[async_trait]
impl Contender for Own {
    fn name(&self) -> &'static str {
        if self.spacing.is_zero() { OWN_IN_A_DAY } else { OWN }
    }

    fn counter(&self) -> &Counter {
        &self.counter
    }

    async fn order(&self, command: &Command<Order>) -> Result<Verdict, PeersError> {
        carry_out(&self.store, command).await
    }

    async fn product(&self, command: &Command<Product>) -> Result<Verdict, PeersError> {
        carry_out(&self.store, command).await
    }

    async fn write_history(&self, id: Uuid, events: i64) -> Result<(), PeersError> {
        for event in 0..events {
            let command = if event == 0 {
                register(id)?
            } else {
                price(id, FIRST_PRICE + event, format!("price-{event}-{id}"))?
            };
            let mut execution = execution(&command)?;
            let before = self.spacing.saturating_mul(u32::try_from(events - event).unwrap_or(u32::MAX));
            execution.metadata.occurred_at = earlier(before);
            done(self, send::<Product>(&self.store, execution).await?)?;
        }
        Ok(())
    }

    async fn load(&self, id: Uuid) -> Result<ProductState, PeersError> {
        let history = history_of::<Product, _>(&self.store, &stream::<Product>(id)).await;
        Ok(history.map_err(failed("load a history"))?.state().clone())
    }
}
