//! The access rule of orders, which is checked before all other rules. Customers may change their own orders; the
//! shop's staff may change all orders.

use es_core::{Category, Decider, SnapshotPolicy};

use super::{Order, OrderCommand, OrderError, OrderEvent, OrderState};
use crate::CallerCommand;

/// The [`Order`] aggregate with the access rule. States, events and the other rules are those of [`Order`].
#[derive(Debug, Clone, Copy)]
pub enum OwnedOrder {}

impl OrderCommand {
    /// Combines the command with its caller: the customer `subject`, or a member of the shop's staff.
    #[must_use]
    pub fn sent_by(self, subject: &str, is_admin: bool) -> CallerCommand<Self> {
        CallerCommand::new(self, subject, is_admin)
    }
}

impl Decider for OwnedOrder {
    const CATEGORY: Category = Order::CATEGORY;
    const SNAPSHOT: SnapshotPolicy = Order::SNAPSHOT;

    type Command = CallerCommand<OrderCommand>;
    type Event = OrderEvent;
    type State = OrderState;
    type Error = OrderError;

    /// Refuses a command on another customer's order in every state. The refusal shows that the order exists, and
    /// nothing about its state.
    ///
    /// # Errors
    /// [`OrderError::NotYours`] if a customer's command concerns another customer's order.
    fn admit(
        state: &OrderState,
        CallerCommand { by, command }: &CallerCommand<OrderCommand>,
    ) -> Result<(), OrderError> {
        let owner = match (state.owner(), command) {
            (Some(owner), _) => owner,
            (None, OrderCommand::Create(order)) => order.user_id.as_str(),
            (None, _) => return Ok(()),
        };
        if by.may_act_for(owner) { Ok(()) } else { Err(OrderError::NotYours) }
    }

    fn decide(state: &OrderState, sent: CallerCommand<OrderCommand>) -> Result<Vec<OrderEvent>, OrderError> {
        Order::decide(state, sent.command)
    }

    fn evolve(state: OrderState, event: &OrderEvent) -> OrderState {
        Order::evolve(state, event)
    }
}
