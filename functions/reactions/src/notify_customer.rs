//! Requests a notification of the customer when the shop has confirmed an order.

use domain::notification::{
    Notification, NotificationCommand, NotificationId, NotificationSubject, RequestNotification,
};
use domain::order::OrderEvent;
use reaction::{Consequence, Reaction, Received};

/// Requests a notification after each `OrderConfirmed`.
#[derive(Debug, Clone, Copy)]
pub enum NotifyCustomer {}

impl Reaction for NotifyCustomer {
    const NAME: &str = "notify-customer";

    type Event = OrderEvent;
    type Target = Notification;

    fn react(event: &Received<OrderEvent>) -> Option<Consequence<NotificationCommand>> {
        matches!(event.event, OrderEvent::OrderConfirmed(_)).then(|| {
            let (order_id, about) = (event.stream.uuid(), NotificationSubject::OrderConfirmed);
            let command = NotificationCommand::Request(RequestNotification { order_id, about });
            let id = NotificationId::derived(Self::NAME, &event.key());
            Consequence::opens(id.stream(), command)
        })
    }
}
