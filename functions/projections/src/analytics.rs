//! What the events of an order make it counted as.

use domain::order::{Order, OrderCreated, OrderEvent, OrderStatus};
use es_core::{Category, Decider, EventReader, Projection, Recorded, StreamId, Timestamp};
use projection::{QueryTable, ViewProjection};
use view_store::{ItemKey, ShardedCounters};
use views::{AnalyticsChange, CountedStatus, DynamoAnalytics, OpenedOrder, OrderLine};

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
            Some(CountedStatus { status: status.to_string(), is_sold })
        };
        match &recorded.event {
            OrderEvent::OrderCreated(created) => AnalyticsChange {
                opened: Some(opened(created, recorded.metadata.occurred_at)),
                status: moved(OrderStatus::Pending),
            },
            OrderEvent::OrderConfirmed {} => {
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

impl ViewProjection for AnalyticsProjection {
    type Writer<R: EventReader + 'static> = DynamoAnalytics;

    fn writer<R: EventReader + 'static>(_events: R, table: QueryTable) -> Self::Writer<R> {
        DynamoAnalytics::new(table.client, table.name)
    }

    fn checkpoint(stream: &StreamId) -> Option<ItemKey> {
        Some(DynamoAnalytics::checkpoint(stream))
    }

    fn counters() -> Option<ShardedCounters> {
        Some(DynamoAnalytics::COUNTERS)
    }
}

fn opened(created: &OrderCreated, at: Timestamp) -> OpenedOrder {
    let lines = created.items.iter().map(|item| OrderLine {
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
