//! Projects the events of an order into the analytics counters.

use domain::order::{Order, OrderCreated, OrderEvent, OrderStatus};
use es_core::{Category, Decider, Projection, Recorded, Timestamp};
use views::{AnalyticsChange, CountedStatus, OpenedOrder};

use crate::orders::lines;

/// Projects the events of an order into the change of the counters.
#[derive(Debug, Clone, Copy)]
pub enum AnalyticsProjection {}

impl Projection for AnalyticsProjection {
    const NAME: &'static str = "analytics-projection";
    const CATEGORY: Category = Order::CATEGORY;

    type Event = OrderEvent;
    type Change = AnalyticsChange;

    fn project(change: AnalyticsChange, recorded: &Recorded<OrderEvent>) -> AnalyticsChange {
        let moved = |status: OrderStatus| {
            let is_sold = status != OrderStatus::Cancelled;
            Some(CountedStatus { status: status.to_string(), is_sold })
        };
        match &recorded.event {
            OrderEvent::OrderCreated(created) => AnalyticsChange {
                opened: Some(opened(created, recorded.metadata.occurred_at)),
                status: moved(OrderStatus::Pending),
            },
            OrderEvent::OrderConfirmed(_) => {
                AnalyticsChange { status: moved(OrderStatus::Confirmed), ..change }
            }
            OrderEvent::OrderShipped(_) => AnalyticsChange { status: moved(OrderStatus::Shipped), ..change },
            OrderEvent::OrderDelivered {} => {
                AnalyticsChange { status: moved(OrderStatus::Delivered), ..change }
            }
            OrderEvent::OrderCancelled(_) => {
                AnalyticsChange { status: moved(OrderStatus::Cancelled), ..change }
            }
        }
    }
}

fn opened(created: &OrderCreated, at: Timestamp) -> OpenedOrder {
    OpenedOrder {
        opened_at: at,
        currency: created.currency.clone(),
        total_amount_cents: created.total_amount_cents,
        lines: lines(created),
    }
}
