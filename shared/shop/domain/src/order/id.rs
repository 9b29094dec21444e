//! The identity of an order.

use std::fmt;
use std::str::FromStr;

use es_core::{Decider, IdempotencyKey, StreamId};
use uuid::{Uuid, uuid};

use super::Order;

/// The namespace of derived order ids: a random UUID that never changes.
const NAMESPACE: Uuid = uuid!("6f3b1c5e-2f0d-4a53-9a55-6f1f0a7c9be2");

/// The identity of an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct OrderId(Uuid);

impl OrderId {
    /// The id of the order that `caller` creates under `key`: the same for every repeat of the request, so that a
    /// repeat meets the order it had created.
    #[must_use]
    pub fn derived(caller: &str, key: &IdempotencyKey) -> Self {
        // A key never holds the separator, so no two pairs make the same name.
        Self(Uuid::new_v5(&NAMESPACE, format!("{caller}\0{key}").as_bytes()))
    }

    /// The stream that holds the order.
    #[must_use]
    pub const fn stream(self) -> StreamId {
        StreamId::new(Order::CATEGORY, self.0)
    }
}

impl FromStr for OrderId {
    type Err = uuid::Error;

    /// Reads the hyphenated form alone.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse::<uuid::fmt::Hyphenated>().map(|id| Self(id.into_uuid()))
    }
}

impl fmt::Display for OrderId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
