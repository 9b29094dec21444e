//! The rules of an order.

use es_core::{Category, Decider, SnapshotPolicy, aggregate_id};

use super::{
    CreateOrder, OrderCancelled, OrderCommand, OrderConfirmed, OrderCreated, OrderError, OrderEvent,
    OrderShipped, OrderState, OrderedItem,
};

/// The order aggregate.
#[derive(Debug, Clone, Copy)]
pub enum Order {}

aggregate_id! {
    /// The identity of an order.
    pub struct OrderId of Order, in "6f3b1c5e-2f0d-4a53-9a55-6f1f0a7c9be2"
}

impl Decider for Order {
    const CATEGORY: Category = Category::new("order");
    const SNAPSHOT: SnapshotPolicy = SnapshotPolicy::schema(1);

    type Command = OrderCommand;
    type Event = OrderEvent;
    type State = OrderState;
    type Error = OrderError;

    fn decide(state: &OrderState, command: OrderCommand) -> Result<Vec<OrderEvent>, OrderError> {
        use OrderCommand::{Cancel, Confirm, Create, Deliver, Ship};
        use OrderState::{Cancelled, Confirmed, Delivered, Missing, Pending, Shipped};

        match (state, command) {
            (Missing, Create(order)) => Ok(vec![OrderEvent::OrderCreated(created(order))]),
            (Missing, Confirm { .. } | Ship { .. } | Deliver | Cancel { .. }) => Err(OrderError::NotFound),
            (Pending(_) | Confirmed(_) | Shipped(_) | Delivered(_) | Cancelled(_), Create(_)) => {
                Err(OrderError::AlreadyExists)
            }

            (Pending(_), Confirm { confirmed_by }) => Ok(vec![OrderEvent::OrderConfirmed(OrderConfirmed {
                confirmed_by: Some(confirmed_by.into()),
            })]),
            (Pending(_), Ship { .. }) => Err(OrderError::NotConfirmed),
            (Confirmed(_), Confirm { .. }) => Err(OrderError::AlreadyConfirmed),
            (Confirmed(_), Ship { tracking_number, carrier }) => {
                Ok(vec![OrderEvent::OrderShipped(OrderShipped {
                    tracking_number: tracking_number.into(),
                    carrier: carrier.into(),
                })])
            }
            (Pending(_) | Confirmed(_), Deliver) => Err(OrderError::NotShipped),
            (Pending(_) | Confirmed(_), Cancel { reason }) => {
                Ok(vec![OrderEvent::OrderCancelled(OrderCancelled { reason: reason.map(Into::into) })])
            }

            (Shipped(_), Deliver) => Ok(vec![OrderEvent::OrderDelivered {}]),
            (Shipped(_), Confirm { .. } | Ship { .. } | Cancel { .. }) => Err(OrderError::AlreadyShipped),
            (Delivered(_), Confirm { .. } | Ship { .. } | Deliver | Cancel { .. }) => {
                Err(OrderError::AlreadyDelivered)
            }
            (Cancelled(_), Confirm { .. } | Ship { .. } | Deliver | Cancel { .. }) => {
                Err(OrderError::AlreadyCancelled)
            }
        }
    }

    fn evolve(state: OrderState, event: &OrderEvent) -> OrderState {
        state.after(event)
    }
}

fn created(order: CreateOrder) -> OrderCreated {
    let items = order.items.into_iter().map(|item| OrderedItem {
        product_id: item.product_id.into(),
        name: item.name.map(Into::into),
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
