//! Publishes the events of all streams on the event bus. The crate [`publication`] does the work.

use domain::order::Order;
use es_core::{Decider, StreamId, StreamVersion};
use publication::Vocabulary;
use shop_contract::{EVENT_SCHEMAS, NAMESPACE, STREAMS};

/// The shop's part of every envelope.
pub const VOCABULARY: Vocabulary = Vocabulary { schemas: EVENT_SCHEMAS, reference };

/// Where a reader finds the event at `version` of `stream`: in the history of the order, or in the event table.
fn reference(stream: &StreamId, version: StreamVersion) -> String {
    if *stream.category() == Order::CATEGORY {
        format!("/queries/orders/{}/events", stream.uuid())
    } else {
        format!("{STREAMS}{stream}:{version}")
    }
}

/// Runs the function `publish-events` until Lambda stops its sandbox; see [`publication::run`].
///
/// # Errors
/// Those of [`publication::run`].
pub fn run() -> Result<(), lambda::Error> {
    publication::run(NAMESPACE, VOCABULARY)
}

#[cfg(test)]
mod tests {
    use es_core::{StreamId, StreamVersion};

    use super::reference;

    #[test]
    fn a_large_event_of_an_order_refers_to_the_history_and_another_one_to_its_stream() {
        let of = |stream: &str| reference(&stream.parse::<StreamId>().unwrap(), StreamVersion::new(3));
        let id = "0194b8f2-7c4e-7000-8000-000000000001";
        assert_eq!(of(&format!("order-{id}")), format!("/queries/orders/{id}/events"));
        let stream = format!("product-{id}");
        assert_eq!(of(&stream), format!("urn:cqrs-ecommerce:stream:{stream}:3"));
    }
}
