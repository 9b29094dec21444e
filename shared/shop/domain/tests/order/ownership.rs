//! Whose order it is: customers act on their own, admins on any.

use domain::Asked;
use domain::order::{OrderCommand, OrderError, OrderEvent, OrderState, OwnedOrder};
use es_core::Decider;
use testing::given;

use crate::rules::{confirmed, create, created, delivered, ship, shipped};

/// The life of an order of user-1, one event more in each.
fn lives() -> Vec<Vec<OrderEvent>> {
    let life = [created(), confirmed(), shipped(), delivered()];
    (1..=life.len()).map(|length| life[..length].to_vec()).collect()
}

fn commands() -> [OrderCommand; 5] {
    use OrderCommand::{Cancel, Confirm, Deliver};
    [create("user-2"), Confirm, ship(), Deliver, Cancel { reason: None }]
}

fn customer(id: &str, command: OrderCommand) -> Asked<OrderCommand> {
    command.asked_by(id, false)
}

#[test]
fn every_command_on_anothers_order_is_refused_in_every_state() {
    for life in lives() {
        for command in commands() {
            let asked = customer("user-2", command);
            given::<OwnedOrder>(life.clone()).when(asked).then_refused(OrderError::NotYours);
        }
    }
}

/// Nothing of somebody else's order is told, not even that the caller's idea of its version is stale.
#[test]
fn a_stranger_is_refused_before_anything_else_is_looked_at() {
    for life in lives() {
        let state = life.iter().fold(OrderState::default(), OwnedOrder::evolve);
        for command in commands() {
            let asked = customer("user-2", command);
            assert_eq!(OwnedOrder::admit(&state, &asked), Err(OrderError::NotYours));
        }
    }
}

#[test]
fn owner_and_admin_get_what_the_rules_say() {
    for life in lives() {
        let state = life.iter().fold(OrderState::default(), OwnedOrder::evolve);
        for command in commands() {
            let said = domain::order::Order::decide(&state, command.clone());
            assert_eq!(OwnedOrder::decide(&state, customer("user-1", command.clone())), said);
            assert_eq!(OwnedOrder::decide(&state, command.asked_by("operator", true)), said);
        }
    }
}

#[test]
fn an_order_is_opened_for_oneself_and_by_an_admin_for_anybody() {
    let opened = |asked: Asked<OrderCommand>| OwnedOrder::decide(&OrderState::default(), asked);
    assert_eq!(opened(customer("user-2", create("user-2"))).map(|events| events.len()), Ok(1));
    assert_eq!(opened(customer("user-1", create("user-2"))), Err(OrderError::NotYours));
    assert_eq!(opened(create("user-2").asked_by("user-1", true)).map(|events| events.len()), Ok(1));
}

#[test]
fn an_order_that_is_not_there_is_nobodys() {
    for command in [OrderCommand::Confirm, ship(), OrderCommand::Deliver] {
        given::<OwnedOrder>([]).when(customer("user-2", command)).then_refused(OrderError::NotFound);
    }
}
