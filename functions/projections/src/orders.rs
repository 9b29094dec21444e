//! What the events of an order change in its view.

use domain::order::{Order, OrderCreated, OrderEvent, OrderStatus};
use es_core::{Category, Decider, EventReader, Projection, Recorded, StreamId, Timestamp};
use projection::{QueryTable, ViewProjection};
use view_store::ItemKey;
use views::{DynamoOrderViews, OrderChange, OrderLine};

/// From the events of an order to the change of its view.
#[derive(Debug, Clone, Copy)]
pub enum OrderProjection {}

impl Projection for OrderProjection {
    const NAME: &str = "order-projection";
    const CATEGORY: Category = Order::CATEGORY;

    type Event = OrderEvent;
    type Change = OrderChange;

    fn project(change: OrderChange, recorded: &Recorded<OrderEvent>) -> OrderChange {
        let at = recorded.metadata.occurred_at;
        let change = OrderChange { updated_at: Some(at), ..change };
        match &recorded.event {
            OrderEvent::OrderCreated(created) => opened(change, created, at),
            OrderEvent::OrderConfirmed {} => moved(change, OrderStatus::Confirmed),
            OrderEvent::OrderShipped(shipped) => OrderChange {
                tracking_number: Some(shipped.tracking_number.clone()),
                carrier: Some(shipped.carrier.clone()),
                ..moved(change, OrderStatus::Shipped)
            },
            OrderEvent::OrderDelivered {} => moved(change, OrderStatus::Delivered),
            OrderEvent::OrderCancelled(cancelled) => OrderChange {
                cancel_reason: cancelled.reason.clone(),
                ..moved(change, OrderStatus::Cancelled)
            },
        }
    }
}

impl ViewProjection for OrderProjection {
    type Writer<R: EventReader + 'static> = DynamoOrderViews;

    fn writer<R: EventReader + 'static>(_events: R, table: QueryTable) -> Self::Writer<R> {
        DynamoOrderViews::new(table.client, table.name)
    }

    fn checkpoint(stream: &StreamId) -> Option<ItemKey> {
        Some(DynamoOrderViews::checkpoint(stream))
    }
}

fn opened(change: OrderChange, created: &OrderCreated, at: Timestamp) -> OrderChange {
    let lines = created.items.iter().map(|item| OrderLine {
        product_id: item.product_id.clone(),
        name: item.name.clone(),
        quantity: item.quantity,
        unit_price_cents: item.unit_price_cents,
    });
    OrderChange {
        user_id: Some(created.user_id.clone()),
        items: Some(lines.collect()),
        total_amount_cents: Some(created.total_amount_cents),
        currency: Some(created.currency.clone()),
        created_at: Some(at),
        ..moved(change, OrderStatus::Pending)
    }
}

fn moved(change: OrderChange, status: OrderStatus) -> OrderChange {
    OrderChange { status: Some(status.as_str().to_owned()), ..change }
}
