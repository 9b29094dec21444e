//! Whose order it is: customers act on their own, admins on any.

use domain::order::{
    Asked, ItemDraft, OrderCommand, OrderCreated, OrderDraft, OrderError, OrderEvent, OrderRequest,
    OrderShipped, OrderState, OwnedOrder, ShipmentDraft,
};
use es_core::Decider;
use testing::given;

fn create(user: &str) -> OrderCommand {
    let (product_id, unit_price_cents) = ("kettle".to_owned(), Some(5990));
    let item = ItemDraft { product_id, quantity: 1, unit_price_cents, currency: None };
    let user_id = Some(user.to_owned());
    let draft = OrderDraft { user_id, items: vec![item], total_amount_cents: None, currency: None };
    OrderRequest::try_from(draft).and_then(OrderRequest::at_own_prices).expect("a well-formed order")
}

fn ship() -> OrderCommand {
    let (tracking_number, carrier) = ("1Z999AA10123456784".to_owned(), "UPS".to_owned());
    ShipmentDraft { tracking_number, carrier }.try_into().expect("a well-formed shipment")
}

/// The life of an order of user-1, one event more in each.
fn lives() -> Vec<Vec<OrderEvent>> {
    let created = OrderEvent::OrderCreated(OrderCreated {
        user_id: "user-1".to_owned(),
        items: Vec::new(),
        total_amount_cents: 0,
        currency: "EUR".to_owned(),
    });
    let (tracking_number, carrier) = ("1Z999AA10123456784".to_owned(), "UPS".to_owned());
    let shipped = OrderEvent::OrderShipped(OrderShipped { tracking_number, carrier });
    let life = [created, OrderEvent::OrderConfirmed {}, shipped, OrderEvent::OrderDelivered {}];
    (1..=life.len()).map(|length| life[..length].to_vec()).collect()
}

fn commands() -> [OrderCommand; 5] {
    use OrderCommand::{Cancel, Confirm, Deliver};
    [create("user-2"), Confirm, ship(), Deliver, Cancel { reason: None }]
}

fn customer(id: &str, command: OrderCommand) -> Asked {
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
    let opened = |asked: Asked| OwnedOrder::decide(&OrderState::default(), asked);
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
