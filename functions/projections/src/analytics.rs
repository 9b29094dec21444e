//! What the events of an order make it counted as.

use domain::order::{MAX_ITEMS, Order, OrderCreated, OrderEvent, OrderStatus};
use es_core::{Category, Decider, EventReader, Projection, Recorded, StreamId, Timestamp};
use projection::{CheckpointKey, QueryTable, ViewProjection};
use read_store::{AnalyticsChange, DynamoAnalytics, OpenedOrder, OrderLine, Standing, Tracked};

/// From the events of an order to what it is counted as.
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
            Some(Standing { status: status.to_string(), is_sold })
        };
        match &recorded.event {
            OrderEvent::OrderCreated(created) => AnalyticsChange {
                opened: Some(opened(created, recorded.metadata.occurred_at)),
                standing: moved(OrderStatus::Pending),
            },
            OrderEvent::OrderConfirmed {} => {
                AnalyticsChange { standing: moved(OrderStatus::Confirmed), ..change }
            }
            OrderEvent::OrderShipped(_) => {
                AnalyticsChange { standing: moved(OrderStatus::Shipped), ..change }
            }
            OrderEvent::OrderDelivered {} => {
                AnalyticsChange { standing: moved(OrderStatus::Delivered), ..change }
            }
            OrderEvent::OrderCancelled(_) => {
                AnalyticsChange { standing: moved(OrderStatus::Cancelled), ..change }
            }
        }
    }
}

impl ViewProjection for AnalyticsProjection {
    type Writer<R: EventReader + 'static> = DynamoAnalytics;

    fn writer<R: EventReader + 'static>(_events: R, table: QueryTable) -> Self::Writer<R> {
        DynamoAnalytics::new(table.client, table.name)
    }

    fn checkpoint(stream: &StreamId) -> Option<CheckpointKey> {
        Some((stream.clone(), Tracked::Analytics))
    }
}

/// No order has more than [`MAX_ITEMS`] positions; it is said here once more, for a transaction must never have more
/// actions than DynamoDB takes.
fn opened(created: &OrderCreated, at: Timestamp) -> OpenedOrder {
    let lines = created.items.iter().take(MAX_ITEMS).map(|item| OrderLine {
        product_id: item.product_id.clone(),
        name: None,
        quantity: item.quantity,
        unit_price_cents: item.unit_price_cents,
    });
    OpenedOrder {
        opened_at: at,
        currency: created.currency.clone(),
        total_amount_cents: created.total_amount_cents,
        lines: lines.collect(),
    }
}
