//! The batches: one event of each of many orders.

use std::collections::HashMap;

use cqrs_es::EventEnvelope;
use domain::order::{Order, OrderConfirmed, OrderEvent};
use es_core::{Commit, StreamVersion, encode};
use testing::kinesis;
use uuid::Uuid;

use crate::contender::dynamo_es::{Adapted, AdaptedEvent};
use crate::contender::own::{metadata, stream};
use crate::error::{PeersError, failed};
use crate::shop::opening;

/// The commits of a batch, each of another stream. It is the template's default of `BatchSize`.
pub(crate) const STREAMS: usize = 100;

/// The names of the steps of an order, in the order of their batches.
pub(crate) const STEPS: [&str; 2] = ["created", "confirmed"];

/// The same events in two forms.
pub(crate) struct Batch {
    /// The records in the form in which Lambda delivers them.
    pub(crate) records: event_stream::Batch,
    /// The events in the form in which `cqrs-es` passes them on.
    pub(crate) envelopes: Vec<EventEnvelope<Adapted<Order>>>,
}

/// The batches of the [`STEPS`] of [`STREAMS`] new orders.
pub(crate) fn batches() -> Result<[Batch; STEPS.len()], PeersError> {
    let orders: Vec<Uuid> = (0..STREAMS).map(|_| Uuid::new_v4()).collect();
    Ok([
        batch(&orders, 1, &OrderEvent::OrderCreated(opening()?))?,
        batch(&orders, 2, &OrderEvent::OrderConfirmed(OrderConfirmed::default()))?,
    ])
}

/// A batch in which `event` is the event of each of `orders` at `version`.
fn batch(orders: &[Uuid], version: u32, event: &OrderEvent) -> Result<Batch, PeersError> {
    let stored = encode(event).map_err(failed("encode an event"))?;
    let commit = |order: &Uuid| {
        let metadata = metadata(&format!("{version}-{order}"))?;
        let (stream, first) = (stream::<Order>(*order), StreamVersion::new(version.into()));
        Ok(Commit { stream, first, events: vec![stored.clone()], metadata, snapshot: None })
    };
    let commits = orders.iter().map(commit).collect::<Result<Vec<_>, PeersError>>()?;
    let envelope = |order: &Uuid| EventEnvelope::<Adapted<Order>> {
        aggregate_id: order.to_string(),
        sequence: version as usize,
        payload: AdaptedEvent(event.clone()),
        metadata: HashMap::new(),
    };
    Ok(Batch { records: kinesis::commits(&commits), envelopes: orders.iter().map(envelope).collect() })
}
