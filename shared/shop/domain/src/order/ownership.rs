//! Whose order it is comes before what may happen to it: customers act on their own orders, admins on any.

use es_core::{Category, Decider, SnapshotPolicy};

use super::{Order, OrderCommand, OrderError, OrderEvent, OrderState};
use crate::Asked;

/// The [`Order`] as callers may act on it: the same states, events and rules, once it is clear that the order is theirs.
#[derive(Debug, Clone, Copy)]
pub enum OwnedOrder {}

impl OrderCommand {
    /// The command as `subject` gives it: for its own orders, or as an admin for any.
    #[must_use]
    pub fn asked_by(self, subject: &str, is_admin: bool) -> Asked<Self> {
        Asked::new(self, subject, is_admin)
    }
}

impl Decider for OwnedOrder {
    const CATEGORY: Category = Order::CATEGORY;
    const SNAPSHOT: SnapshotPolicy = Order::SNAPSHOT;

    type Command = Asked<OrderCommand>;
    type Event = OrderEvent;
    type State = OrderState;
    type Error = OrderError;

    /// Somebody else's order is refused whatever its state, so that the refusal tells nothing of it.
    fn admit(state: &OrderState, Asked { by, command }: &Asked<OrderCommand>) -> Result<(), OrderError> {
        let owner = match (state.owner(), command) {
            (Some(owner), _) => owner,
            (None, OrderCommand::Create(order)) => order.user_id.as_str(),
            (None, _) => return Ok(()),
        };
        if by.may_act_for(owner) { Ok(()) } else { Err(OrderError::NotYours) }
    }

    fn decide(state: &OrderState, asked: Asked<OrderCommand>) -> Result<Vec<OrderEvent>, OrderError> {
        Self::admit(state, &asked)?;
        Order::decide(state, asked.command)
    }

    fn evolve(state: OrderState, event: &OrderEvent) -> OrderState {
        Order::evolve(state, event)
    }
}
