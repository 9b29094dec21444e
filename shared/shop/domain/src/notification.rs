//! The aggregate notification in one file: a request to tell an order's customer about an event. A mail service, which
//! listens on the event bus, sends the message. The notification has no personal data: the mail service knows the
//! customer from the order.

use es_core::{
    Category, Decider, DomainError, DomainEvent, PersonalFields, Refusal, SnapshotPolicy, aggregate_id,
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

aggregate_id! {
    /// The identity of a notification. A reaction derives the identity from the event that the notification is about, so
    /// an event has at most one notification.
    pub struct NotificationId of Notification, in "21eb7135-3e11-4b0d-92f7-a896478941e5"
}

/// A command on a notification.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NotificationCommand {
    /// Request the notification.
    Request(RequestNotification),
}

/// What the customer gets to know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RequestNotification {
    /// The id of the order.
    pub order_id: Uuid,
    /// What happened to the order.
    pub about: NotificationSubject,
}

/// What a notification is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotificationSubject {
    /// The shop accepted the order for shipment.
    OrderConfirmed,
}

/// An event of a notification. Names and fields are a storage format that must not change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, DomainEvent)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "type", content = "data")]
pub enum NotificationEvent {
    /// The notification was requested.
    NotificationRequested(NotificationRequested),
}

/// The notification was requested.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, PersonalFields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct NotificationRequested {
    /// The id of the order that the notification is about.
    #[personal(no)]
    pub order_id: String,
    /// What happened to the order: `order-confirmed`.
    #[personal(no)]
    pub about: String,
}

/// The state of a notification.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(tag = "status", rename_all = "lowercase")]
pub enum NotificationState {
    /// The notification does not exist.
    #[default]
    Missing,
    /// The notification was requested.
    Requested(NotificationRequested),
}

/// Why a command on a notification is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotificationError {
    /// The notification exists, with another order or another subject.
    #[error("the notification was requested for something else")]
    AlreadyRequested,
}

impl DomainError for NotificationError {
    fn refusal(&self) -> Refusal {
        match self {
            Self::AlreadyRequested => Refusal::Rule { code: "notification-already-requested" },
        }
    }
}

/// The rules of a notification.
#[derive(Debug, Clone, Copy)]
pub enum Notification {}

impl Decider for Notification {
    const CATEGORY: Category = Category::new("notification");
    const SNAPSHOT: SnapshotPolicy = SnapshotPolicy::schema(1);

    type Command = NotificationCommand;
    type Event = NotificationEvent;
    type State = NotificationState;
    type Error = NotificationError;

    /// A repeated request changes nothing, also after the stream has forgotten the key of the first one.
    fn decide(
        state: &NotificationState,
        NotificationCommand::Request(wanted): NotificationCommand,
    ) -> Result<Vec<NotificationEvent>, NotificationError> {
        let wanted = NotificationRequested {
            order_id: wanted.order_id.to_string(),
            about: wanted.about.name().to_owned(),
        };
        match state {
            NotificationState::Missing => Ok(vec![NotificationEvent::NotificationRequested(wanted)]),
            NotificationState::Requested(requested) if *requested == wanted => Ok(vec![]),
            NotificationState::Requested(_) => Err(NotificationError::AlreadyRequested),
        }
    }

    /// An event that does not fit the state is ignored, because stored events must always load.
    fn evolve(
        state: NotificationState,
        NotificationEvent::NotificationRequested(requested): &NotificationEvent,
    ) -> NotificationState {
        match state {
            NotificationState::Missing => NotificationState::Requested(requested.clone()),
            state @ NotificationState::Requested(_) => state,
        }
    }
}

impl NotificationSubject {
    /// The name that the event stores.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::OrderConfirmed => "order-confirmed",
        }
    }
}
