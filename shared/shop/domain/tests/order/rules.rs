//! Tests every command in every state: given the events so far, when a command is executed, then these events or this
//! refusal follow.

use domain::order::{
    CancellationDraft, ItemDraft, Order, OrderCancelled, OrderCommand, OrderConfirmed, OrderCreated,
    OrderDraft, OrderError, OrderEvent, OrderRequest, OrderShipped, OrderedItem, ShipmentDraft, UserId,
};
use testing::given;

pub(crate) fn create(user: &str) -> OrderCommand {
    let (product_id, unit_price_cents) = ("kettle".to_owned(), Some(5990));
    let item = ItemDraft { product_id, quantity: 2, unit_price_cents, currency: None };
    let (user_id, currency) = (Some(user.to_owned()), Some("EUR".to_owned()));
    let draft = OrderDraft { user_id, items: vec![item], total_amount_cents: None, currency };
    OrderRequest::from_draft(draft, UserId::of_subject("caller"))
        .and_then(OrderRequest::at_own_prices)
        .expect("a well-formed order")
}

pub(crate) fn confirm() -> OrderCommand {
    OrderCommand::Confirm { confirmed_by: UserId::of_subject("clerk-1") }
}

pub(crate) fn ship() -> OrderCommand {
    let (tracking_number, carrier) = ("1Z999AA10123456784".to_owned(), "UPS".to_owned());
    ShipmentDraft { tracking_number, carrier }.try_into().expect("a well-formed shipment")
}

fn cancel() -> OrderCommand {
    CancellationDraft { reason: Some("too late".to_owned()) }.try_into().expect("a well-formed reason")
}

pub(crate) fn created() -> OrderEvent {
    let product_id = "kettle".to_owned();
    let item = OrderedItem { product_id, name: None, quantity: 2, unit_price_cents: 5990 };
    let (user_id, currency) = ("user-1".to_owned(), "EUR".to_owned());
    OrderEvent::OrderCreated(OrderCreated {
        user_id,
        items: vec![item],
        total_amount_cents: 11_980,
        currency,
    })
}

pub(crate) fn confirmed() -> OrderEvent {
    OrderEvent::OrderConfirmed(OrderConfirmed { confirmed_by: Some("clerk-1".to_owned()) })
}

pub(crate) fn shipped() -> OrderEvent {
    let (tracking_number, carrier) = ("1Z999AA10123456784".to_owned(), "UPS".to_owned());
    OrderEvent::OrderShipped(OrderShipped { tracking_number, carrier })
}

pub(crate) fn delivered() -> OrderEvent {
    OrderEvent::OrderDelivered {}
}

fn cancelled() -> OrderEvent {
    OrderEvent::OrderCancelled(OrderCancelled { reason: Some("too late".to_owned()) })
}

#[test]
fn a_missing_order_can_only_be_created() {
    given::<Order>([]).when(create("user-1")).then([created()]);
    for command in [confirm(), ship(), OrderCommand::Deliver, cancel()] {
        given::<Order>([]).when(command).then_refused(OrderError::NotFound);
    }
}

#[test]
fn a_pending_order_can_be_confirmed_or_cancelled() {
    let pending = || given::<Order>([created()]);
    pending().when(confirm()).then([confirmed()]);
    pending().when(cancel()).then([cancelled()]);
    pending().when(create("user-1")).then_refused(OrderError::AlreadyExists);
    pending().when(ship()).then_refused(OrderError::NotConfirmed);
    pending().when(OrderCommand::Deliver).then_refused(OrderError::NotShipped);
}

#[test]
fn a_confirmed_order_can_be_shipped_or_cancelled() {
    let accepted = || given::<Order>([created(), confirmed()]);
    accepted().when(ship()).then([shipped()]);
    accepted().when(cancel()).then([cancelled()]);
    accepted().when(create("user-1")).then_refused(OrderError::AlreadyExists);
    accepted().when(confirm()).then_refused(OrderError::AlreadyConfirmed);
    accepted().when(OrderCommand::Deliver).then_refused(OrderError::NotShipped);
}

#[test]
fn a_shipped_order_can_only_be_delivered() {
    let sent = || given::<Order>([created(), confirmed(), shipped()]);
    sent().when(OrderCommand::Deliver).then([delivered()]);
    sent().when(create("user-1")).then_refused(OrderError::AlreadyExists);
    for command in [confirm(), ship(), cancel()] {
        sent().when(command).then_refused(OrderError::AlreadyShipped);
    }
}

#[test]
fn a_delivered_order_stays_delivered() {
    let arrived = || given::<Order>([created(), confirmed(), shipped(), delivered()]);
    arrived().when(create("user-1")).then_refused(OrderError::AlreadyExists);
    for command in [confirm(), ship(), OrderCommand::Deliver, cancel()] {
        arrived().when(command).then_refused(OrderError::AlreadyDelivered);
    }
}

#[test]
fn a_cancelled_order_stays_cancelled() {
    for past in [vec![created(), cancelled()], vec![created(), confirmed(), cancelled()]] {
        let given_up = || given::<Order>(past.clone());
        given_up().when(create("user-1")).then_refused(OrderError::AlreadyExists);
        for command in [confirm(), ship(), OrderCommand::Deliver, cancel()] {
            given_up().when(command).then_refused(OrderError::AlreadyCancelled);
        }
    }
}

#[test]
fn a_cancellation_needs_no_reason() {
    let silent = CancellationDraft { reason: None }.try_into().expect("no reason");
    let event = OrderEvent::OrderCancelled(OrderCancelled { reason: None });
    given::<Order>([created()]).when(silent).then([event]);
}
