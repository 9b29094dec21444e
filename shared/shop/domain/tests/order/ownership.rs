//! Tests the access rule: customers may change their own orders, admins all orders.

use domain::CallerCommand;
use domain::order::{OrderCommand, OrderError, OrderEvent, OrderState, OwnedOrder};
use es_core::Decider;
use testing::given;

use crate::rules::{confirm, confirmed, create, created, delivered, ship, shipped};

/// The histories of an order of user-1 with one, two, three and four events.
fn lives() -> Vec<Vec<OrderEvent>> {
    let life = [created(), confirmed(), shipped(), delivered()];
    (1..=life.len()).map(|length| life[..length].to_vec()).collect()
}

fn commands() -> [OrderCommand; 5] {
    use OrderCommand::{Cancel, Deliver};
    [create("user-2"), confirm(), ship(), Deliver, Cancel { reason: None }]
}

fn customer(id: &str, command: OrderCommand) -> CallerCommand<OrderCommand> {
    command.sent_by(id, false)
}

#[test]
fn commands_on_another_customers_order_are_refused_in_every_state() {
    for life in lives() {
        for command in commands() {
            let sent = customer("user-2", command);
            given::<OwnedOrder>(life.clone()).when(sent).then_refused(OrderError::NotYours);
        }
    }
}

/// The refusal must reveal nothing about the state of another customer's order, not even whether the expected version
/// is stale. The access rule is therefore checked first.
#[test]
fn another_customer_is_refused_before_any_other_check() {
    for life in lives() {
        let state = life.iter().fold(OrderState::default(), OwnedOrder::evolve);
        for command in commands() {
            let sent = customer("user-2", command);
            assert_eq!(OwnedOrder::admit(&state, &sent), Err(OrderError::NotYours));
        }
    }
}

#[test]
fn the_rules_apply_to_owner_and_admin() {
    for life in lives() {
        let state = life.iter().fold(OrderState::default(), OwnedOrder::evolve);
        for command in commands() {
            let said = domain::order::Order::decide(&state, command.clone());
            assert_eq!(OwnedOrder::decide(&state, customer("user-1", command.clone())), said);
            assert_eq!(OwnedOrder::decide(&state, command.sent_by("operator", true)), said);
        }
    }
}

#[test]
fn customers_create_own_orders_and_admins_create_any() {
    let admitted = |sent: &CallerCommand<OrderCommand>| OwnedOrder::admit(&OrderState::default(), sent);
    assert_eq!(admitted(&customer("user-2", create("user-2"))), Ok(()));
    assert_eq!(admitted(&customer("user-1", create("user-2"))), Err(OrderError::NotYours));
    assert_eq!(admitted(&create("user-2").sent_by("user-1", true)), Ok(()));
}

#[test]
fn a_missing_order_has_no_owner() {
    for command in [confirm(), ship(), OrderCommand::Deliver] {
        given::<OwnedOrder>([]).when(customer("user-2", command)).then_refused(OrderError::NotFound);
    }
}
