//! The view of `dynamo-es`, which `cqrs-es` updates after each command.

use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use cqrs_es::persist::GenericQuery;
use cqrs_es::{EventEnvelope, Query};
use domain::order::Order;
use futures::stream::{self, StreamExt};

use super::batch::Batch;
use super::port::Follower;
use crate::contender::dynamo_es::{Adapted, Page, PageRepository, view_keys};
use crate::counting::Counter;
use crate::database::Database;
use crate::error::{PeersError, failed};
use crate::shapes::DYNAMO_ES_VIEW;

/// How many streams the second row writes at the same time: as many as this project's view of orders does.
pub(crate) const AT_ONCE: usize = 16;
/// The name of the view in the second row.
const VIEW_AT_ONCE: &str = "dynamo-es with a view, 16 streams at once";

/// The view of `dynamo-es`. Each event is a read and a transaction.
pub(crate) struct Peer {
    /// How many streams are written at the same time. `cqrs-es` passes the events of one command on and knows no batch.
    at_once: usize,
    query: GenericQuery<PageRepository<Order>, Page<Order>, Adapted<Order>>,
    /// The first error. `cqrs-es` reports errors to a handler only.
    error: Arc<Mutex<Option<String>>>,
    counter: Counter,
}

impl Peer {
    /// The view in a new table.
    pub(crate) async fn new(database: &Database, at_once: usize) -> Result<Self, PeersError> {
        let table = database.table("dynamo-es-view", &view_keys(), &[]).await?;
        let counter = Counter::default();
        let repository = PageRepository::<Order>::new(&table, database.client(&counter));
        let mut query = GenericQuery::new(Arc::new(repository));
        let error = Arc::new(Mutex::new(None));
        let reported = Arc::clone(&error);
        query.use_error_handler(Box::new(move |error| {
            let mut first = reported.lock().unwrap_or_else(PoisonError::into_inner);
            first.get_or_insert_with(|| error.to_string());
        }));
        Ok(Self { at_once, query, error, counter })
    }

    async fn dispatch(&self, envelope: &EventEnvelope<Adapted<Order>>) {
        self.query.dispatch(&envelope.aggregate_id, std::slice::from_ref(envelope)).await;
    }
}

#[async_trait]
impl Follower for Peer {
    fn name(&self) -> &'static str {
        if self.at_once == 1 { DYNAMO_ES_VIEW } else { VIEW_AT_ONCE }
    }

    fn counter(&self) -> &Counter {
        &self.counter
    }

    async fn project(&self, batch: &Batch) -> Result<(), PeersError> {
        let pending: Vec<_> = batch.envelopes.iter().map(|envelope| self.dispatch(envelope)).collect();
        stream::iter(pending).buffer_unordered(self.at_once).collect::<()>().await;
        match self.error.lock().unwrap_or_else(PoisonError::into_inner).take() {
            None => Ok(()),
            Some(error) => Err(failed("write a view of dynamo-es")(error)),
        }
    }
}
