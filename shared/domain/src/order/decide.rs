//! The rules of an order.

use es_core::{Category, Decider, SnapshotPolicy};

use super::{
    CreateOrder, OrderCancelled, OrderCommand, OrderCreated, OrderError, OrderEvent, OrderShipped,
    OrderState, OrderedItem,
};

/// The order aggregate.
#[derive(Debug, Clone, Copy)]
pub enum Order {}

impl Decider for Order {
    const CATEGORY: Category = Category::new("order");
    const SNAPSHOT: SnapshotPolicy = SnapshotPolicy::schema(1);

    type Command = OrderCommand;
    type Event = OrderEvent;
    type State = OrderState;
    type Error = OrderError;

    fn decide(state: &OrderState, command: OrderCommand) -> Result<Vec<OrderEvent>, OrderError> {
        use OrderCommand::{Cancel, Confirm, Create, Ship};
        use OrderState::{Cancelled, Confirmed, Missing, Pending, Shipped};

        match (state, command) {
            (Missing, Create(order)) => Ok(vec![OrderEvent::OrderCreated(created(order))]),
            (Pending(_) | Confirmed(_) | Shipped(_) | Cancelled(_), Create(_)) => {
                Err(OrderError::AlreadyExists)
            }

            (Missing, Confirm | Ship { .. } | Cancel { .. }) => Err(OrderError::NotFound),

            (Pending(_), Confirm) => Ok(vec![OrderEvent::OrderConfirmed {}]),
            (Confirmed(_), Confirm) => Err(OrderError::AlreadyConfirmed),

            (Confirmed(_), Ship { tracking_number, carrier }) => {
                Ok(vec![OrderEvent::OrderShipped(OrderShipped {
                    tracking_number: tracking_number.into(),
                    carrier: carrier.into(),
                })])
            }
            (Pending(_), Ship { .. }) => Err(OrderError::NotConfirmed),

            (Pending(_) | Confirmed(_), Cancel { reason }) => {
                Ok(vec![OrderEvent::OrderCancelled(OrderCancelled { reason: reason.map(Into::into) })])
            }

            (Shipped(_), Confirm | Ship { .. } | Cancel { .. }) => Err(OrderError::AlreadyShipped),
            (Cancelled(_), Confirm | Ship { .. } | Cancel { .. }) => Err(OrderError::AlreadyCancelled),
        }
    }

    fn evolve(state: OrderState, event: &OrderEvent) -> OrderState {
        state.after(event)
    }
}

fn created(order: CreateOrder) -> OrderCreated {
    let items = order.items.into_iter().map(|item| OrderedItem {
        product_id: item.product_id.into(),
        quantity: item.quantity.into(),
        unit_price_cents: item.unit_price.minor(),
    });
    OrderCreated {
        user_id: order.user_id.into(),
        items: items.collect(),
        total_amount_cents: order.total.minor(),
        currency: order.total.currency().into(),
    }
}
