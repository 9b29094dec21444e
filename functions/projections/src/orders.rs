//! Projects the events of an order into its view.

use domain::order::{Order, OrderCreated, OrderEvent, OrderStatus};
use es_core::{Category, Decider, Projection, Recorded};
use view_store::Change;
use views::{OrderLine, OrderView};

/// Projects the events of an order into the change of its view.
#[derive(Debug, Clone, Copy)]
pub enum OrderProjection {}

impl Projection for OrderProjection {
    const NAME: &str = "order-projection";
    const CATEGORY: Category = Order::CATEGORY;

    type Event = OrderEvent;
    type Change = Change<OrderView>;

    fn project(change: Change<OrderView>, recorded: &Recorded<OrderEvent>) -> Change<OrderView> {
        let (order, at) = (recorded.stream.uuid(), recorded.metadata.occurred_at);
        let moved = |change, status: OrderStatus| OrderView::moved(change, order, status.as_str());
        let change = change.set(OrderView::UPDATED_AT, &at);
        match &recorded.event {
            OrderEvent::OrderCreated(created) => {
                let opened = OrderView::opened(change, order, &created.user_id, at);
                moved(opened, OrderStatus::Pending)
                    .set(OrderView::ITEMS, &lines(created))
                    .set(OrderView::TOTAL_AMOUNT_CENTS, &created.total_amount_cents)
                    .set(OrderView::CURRENCY, &created.currency)
            }
            OrderEvent::OrderConfirmed(confirmed) => moved(change, OrderStatus::Confirmed)
                .set_or_remove(OrderView::CONFIRMED_BY, confirmed.confirmed_by.as_deref()),
            OrderEvent::OrderShipped(shipped) => moved(change, OrderStatus::Shipped)
                .set(OrderView::TRACKING_NUMBER, &shipped.tracking_number)
                .set(OrderView::CARRIER, &shipped.carrier),
            OrderEvent::OrderDelivered {} => moved(change, OrderStatus::Delivered),
            OrderEvent::OrderCancelled(cancelled) => moved(change, OrderStatus::Cancelled)
                .set_or_remove(OrderView::CANCEL_REASON, cancelled.reason.as_deref()),
        }
    }
}

/// The items of an order in the form that views store.
pub(crate) fn lines(created: &OrderCreated) -> Vec<OrderLine> {
    let lines = created.items.iter().map(|item| OrderLine {
        product_id: item.product_id.clone(),
        name: item.name.clone(),
        quantity: item.quantity,
        unit_price_cents: item.unit_price_cents,
    });
    lines.collect()
}
