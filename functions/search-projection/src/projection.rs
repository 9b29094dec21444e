//! What the events of an order make it found by.

use domain::order::{Order, OrderCreated, OrderEvent};
use es_core::{Category, Decider, Projection, Recorded, Timestamp};
use views::{IndexedWords, OrderLine};

/// From the events of an order to the words that it is found by.
#[derive(Debug, Clone, Copy)]
pub enum SearchProjection {}

/// Words that an order is found by from now on.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SearchChange {
    /// When the order was opened, where these events tell.
    pub(crate) opened_at: Option<Timestamp>,
    /// The words.
    pub(crate) words: IndexedWords,
}

impl Projection for SearchProjection {
    const NAME: &'static str = "search-projection";
    const CATEGORY: Category = Order::CATEGORY;

    type Event = OrderEvent;
    type Change = SearchChange;

    fn project(change: SearchChange, recorded: &Recorded<OrderEvent>) -> SearchChange {
        match &recorded.event {
            OrderEvent::OrderCreated(created) => SearchChange {
                opened_at: Some(recorded.metadata.occurred_at),
                words: change.words.and(of_opening(created)),
            },
            OrderEvent::OrderShipped(shipped) => {
                let words = IndexedWords::of_shipment(&shipped.tracking_number, &shipped.carrier);
                SearchChange { words: change.words.and(words), ..change }
            }
            OrderEvent::OrderConfirmed {} | OrderEvent::OrderDelivered {} | OrderEvent::OrderCancelled(_) => {
                change
            }
        }
    }
}

fn of_opening(created: &OrderCreated) -> IndexedWords {
    let lines = created.items.iter().map(|item| OrderLine {
        product_id: item.product_id.clone(),
        name: item.name.clone(),
        quantity: item.quantity,
        unit_price_cents: item.unit_price_cents,
    });
    IndexedWords::of_opening(&created.user_id, &lines.collect::<Vec<_>>())
}
