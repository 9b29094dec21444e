//! Whose order it is comes before what may happen to it: customers act on their own orders, admins on any.

use es_core::{Category, Decider, SnapshotPolicy};

use super::{Order, OrderCommand, OrderError, OrderEvent, OrderState};

/// Who wants something of an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Actor {
    /// The customer with this id.
    Customer(String),
    /// Somebody who runs the shop.
    Admin,
}

/// A command and who gives it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// Who gives it.
    pub by: Actor,
    /// What is to happen.
    pub command: OrderCommand,
}

/// The [`Order`] as callers may act on it: the same states, events and rules, once it is clear that the order is theirs.
#[derive(Debug, Clone, Copy)]
pub enum OwnedOrder {}

impl OrderCommand {
    /// The command as `subject` gives it: for its own orders, or as an admin for any.
    #[must_use]
    pub fn asked_by(self, subject: &str, is_admin: bool) -> Asked {
        let by = if is_admin { Actor::Admin } else { Actor::Customer(subject.to_owned()) };
        Asked { by, command: self }
    }
}

impl Actor {
    fn may_act_for(&self, owner: &str) -> bool {
        match self {
            Self::Customer(id) => id == owner,
            Self::Admin => true,
        }
    }
}

impl Decider for OwnedOrder {
    const CATEGORY: Category = Order::CATEGORY;
    const SNAPSHOT: SnapshotPolicy = Order::SNAPSHOT;

    type Command = Asked;
    type Event = OrderEvent;
    type State = OrderState;
    type Error = OrderError;

    /// Somebody else's order is refused whatever its state, so that the refusal tells nothing of it.
    fn admit(state: &OrderState, Asked { by, command }: &Asked) -> Result<(), OrderError> {
        let owner = match (state.owner(), command) {
            (Some(owner), _) => owner,
            (None, OrderCommand::Create(order)) => order.user_id.as_str(),
            (None, _) => return Ok(()),
        };
        if by.may_act_for(owner) { Ok(()) } else { Err(OrderError::NotYours) }
    }

    fn decide(state: &OrderState, asked: Asked) -> Result<Vec<OrderEvent>, OrderError> {
        Self::admit(state, &asked)?;
        Order::decide(state, asked.command)
    }

    fn evolve(state: OrderState, event: &OrderEvent) -> OrderState {
        Order::evolve(state, event)
    }
}
