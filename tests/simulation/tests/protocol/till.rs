//! A till that receives money. It is the smallest aggregate on which a command that is executed twice has a wrong
//! result.

use std::num::NonZeroU16;

use es_core::{Category, Decider, DomainEvent, Projection, Recorded, SnapshotPolicy, StreamId};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

#[derive(Debug, Clone, Copy)]
pub(crate) enum Till {}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, DomainEvent)]
#[serde(tag = "type", content = "data")]
pub(crate) enum Put {
    Put { amount: u64 },
}

pub(crate) const STREAM: StreamId = StreamId::new(Till::CATEGORY, Uuid::from_u128(7));

impl Decider for Till {
    const CATEGORY: Category = Category::new("till");
    // Snapshots are frequent, so most loads start at a snapshot and find idempotency keys in it.
    const SNAPSHOT: SnapshotPolicy = SnapshotPolicy { schema: 1, every: NonZeroU16::MIN.saturating_add(1) };

    type Command = u64;
    type Event = Put;
    type State = u64;
    type Error = std::convert::Infallible;

    fn decide(_: &u64, amount: u64) -> Result<Vec<Put>, Self::Error> {
        Ok(vec![Put::Put { amount }])
    }

    fn evolve(state: u64, Put::Put { amount }: &Put) -> u64 {
        state + amount
    }
}

/// The view of the till's content.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Content {}

impl Projection for Content {
    const NAME: &'static str = "content";
    const CATEGORY: Category = Till::CATEGORY;

    type Event = Put;
    type Change = u64;

    fn project(change: u64, recorded: &Recorded<Put>) -> u64 {
        Till::evolve(change, &recorded.event)
    }
}
