//! Checks stored events and snapshots.

use std::fmt::Debug;

use domain::notification::{Notification, NotificationEvent, NotificationState};
use domain::order::{Order, OrderEvent, OrderState};
use domain::product::{Product, ProductEvent, ProductState};
use es_core::{Decider, DomainEvent, StoredEvent, decode, encode};
use serde_json::Value;
use shop_testing as shop;
use testing_in_memory::kinesis;

use crate::{projections, wait};

/// Uses `data` as a JSON array of stored events, or as the state in a snapshot.
///
/// - An event stays the same when it is read, written in the current schema and read again.
/// - Any readable events give a state, and a snapshot of this state can be read.
/// - No projection panics or reports a failed record.
pub fn check(data: &[u8]) {
    if let Ok(state) = serde_json::from_slice::<Value>(data) {
        snapshot::<NotificationState>(&state);
        snapshot::<OrderState>(&state);
        snapshot::<ProductState>(&state);
    }
    let Ok(events) = serde_json::from_slice::<Vec<StoredEvent>>(data) else { return };
    for event in &events {
        round_trip::<NotificationEvent>(event);
        round_trip::<OrderEvent>(event);
        round_trip::<ProductEvent>(event);
    }
    folded::<Notification>(&events);
    folded::<Order>(&events);
    folded::<Product>(&events);
    if !events.is_empty() {
        let streams = [shop::order(1), shop::product(1)];
        let commits = streams.map(|stream| shop::commit(&stream, 1, events.clone()));
        wait::for_end_of(projections::project(&kinesis::commits(&commits)));
    }
}

/// If `stored` can be read, checks that the event is written in the current schema and stays the same when read and
/// written again.
pub(crate) fn round_trip<E: DomainEvent + Debug + PartialEq>(stored: &StoredEvent) {
    let Ok(event) = decode::<E>(stored) else { return };
    let written = encode(&event).unwrap();
    let present = E::SCHEMAS.iter().find(|(name, _)| *name == stored.event_type).unwrap();
    assert_eq!((written.event_type.as_str(), written.schema), *present);
    let again = decode::<E>(&written).unwrap();
    assert_eq!(again, event);
    assert_eq!(encode(&again).unwrap(), written);
}

fn folded<D: Decider>(events: &[StoredEvent])
where
    D::State: Debug + PartialEq,
{
    let known = events.iter().filter_map(|stored| decode::<D::Event>(stored).ok());
    let state = known.fold(D::State::default(), |state, event| D::evolve(state, &event));
    snapshot::<D::State>(&serde_json::to_value(&state).unwrap());
}

fn snapshot<S>(kept: &Value)
where
    S: serde::Serialize + serde::de::DeserializeOwned + Debug + PartialEq,
{
    let Ok(state) = serde_json::from_value::<S>(kept.clone()) else { return };
    let again = serde_json::to_value(&state).unwrap();
    assert_eq!(serde_json::from_value::<S>(again).unwrap(), state);
}
