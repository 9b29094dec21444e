//! Projects the events of an order into the search index.

use domain::order::{Order, OrderCreated, OrderEvent};
use es_core::{Category, Decider, Projection, Recorded};
use views::{IndexedWords, SearchChange};

use crate::orders::lines;

/// Projects the events of an order into the words that the search index gets.
#[derive(Debug, Clone, Copy)]
pub enum SearchProjection {}

impl Projection for SearchProjection {
    const NAME: &'static str = "search-projection";
    const CATEGORY: Category = Order::CATEGORY;

    type Event = OrderEvent;
    type Change = SearchChange;

    fn project(change: SearchChange, recorded: &Recorded<OrderEvent>) -> SearchChange {
        match &recorded.event {
            OrderEvent::OrderCreated(created) => SearchChange {
                opened_at: Some(recorded.metadata.occurred_at),
                words: change.words.and(from_opening(created)),
                ..change
            },
            OrderEvent::OrderShipped(shipped) => {
                let words = IndexedWords::from_shipment(&shipped.tracking_number, &shipped.carrier);
                SearchChange { shipment_words: change.shipment_words.and(words), ..change }
            }
            OrderEvent::OrderConfirmed(_) | OrderEvent::OrderDelivered {} | OrderEvent::OrderCancelled(_) => {
                change
            }
        }
    }
}

fn from_opening(created: &OrderCreated) -> IndexedWords {
    IndexedWords::from_opening(&created.user_id, &lines(created))
}
