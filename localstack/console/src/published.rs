//! The events that were published on the event buses, and the search in them.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use stack_events::{BusCounts, DeliveryState, EventLog, PublishedEvent};

/// Selects events. An absent field selects all.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct EventFilter {
    /// Text in the event's id, type, source or subject, or in the name of a rule or a target, in any case.
    search: Option<String>,
    /// Name of the bus.
    bus: Option<String>,
    /// The detail type.
    r#type: Option<String>,
    /// The state, as [`state`] gives it.
    state: Option<String>,
}

/// The events that a filter selects.
#[derive(Debug, Serialize)]
pub(super) struct EventsView {
    /// The selected events, newest first, at most as many as requested.
    events: Vec<EventView>,
    /// Number of selected events.
    matching: usize,
    /// The values of filters that select something.
    filters: EventFilterValues,
    buses: Vec<BusCounts>,
}

#[derive(Debug, Serialize)]
struct EventView {
    #[serde(flatten)]
    event: PublishedEvent,
    state: &'static str,
}

#[derive(Debug, Default, Serialize)]
struct EventFilterValues {
    buses: BTreeSet<String>,
    types: BTreeSet<String>,
    states: BTreeSet<&'static str>,
}

impl EventsView {
    /// Reads the events that `filter` selects, at most `limit`.
    pub(super) fn read(log: &EventLog, filter: &EventFilter, limit: usize) -> Self {
        let search = filter.search.as_ref().map(|text| text.to_lowercase());
        let (mut events, mut matching, mut filters) = (Vec::new(), 0, EventFilterValues::default());
        log.read(|all| {
            for event in all.iter().rev() {
                filters.buses.insert(event.bus.clone());
                filters.types.insert(event.detail_type.clone());
                filters.states.insert(state(event));
                if filter.selects(event, search.as_deref()) {
                    matching += 1;
                    if events.len() < limit {
                        events.push(EventView { event: event.clone(), state: state(event) });
                    }
                }
            }
        });
        Self { events, matching, filters, buses: log.buses() }
    }
}

impl EventFilter {
    fn selects(&self, event: &PublishedEvent, search: Option<&str>) -> bool {
        let is_found = search.is_none_or(|search| {
            let texts = [&event.id, &event.detail_type, &event.source].into_iter().chain(&event.subject);
            let names = event.deliveries.iter().flat_map(|delivery| [&delivery.rule, &delivery.target]);
            texts.chain(names).any(|text| text.to_lowercase().contains(search))
        });
        is_found
            && self.bus.as_ref().is_none_or(|bus| *bus == event.bus)
            && self.r#type.as_ref().is_none_or(|name| *name == event.detail_type)
            && self.state.as_ref().is_none_or(|name| name == state(event))
    }
}

/// The state of an event: the worst state of its deliveries, or `no rule` if no rule selected the event.
fn state(event: &PublishedEvent) -> &'static str {
    let has = |state| event.deliveries.iter().any(|delivery| delivery.state == state);
    if has(DeliveryState::Failed) {
        "failed"
    } else if has(DeliveryState::Waiting) {
        "waiting"
    } else if event.deliveries.is_empty() {
        "no rule"
    } else {
        "delivered"
    }
}
