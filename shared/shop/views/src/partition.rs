//! The partitions that a list is read from.

use es_core::Timestamp;

use crate::cursor::Position;
use crate::filter::Scope;
use crate::keys::{self, BY_STATUS, BY_USER, STATUS_KEY, STATUS_SHARDS, USER_KEY};

/// One partition of an index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Partition {
    /// The index.
    pub(crate) index: &'static str,
    /// The attribute that is the index's partition key.
    pub(crate) attribute: &'static str,
    /// The partition's key.
    pub(crate) key: String,
    /// The status that the orders in it are left out for unless they have it.
    pub(crate) status: Option<String>,
}

/// The partitions that hold what `scope` asks for, each order in one of them.
pub(crate) fn partitions(scope: &Scope) -> Vec<Partition> {
    match scope {
        Scope::User { user_id, status } => {
            let key = keys::user_key(user_id);
            vec![Partition { index: BY_USER, attribute: USER_KEY, key, status: status.clone() }]
        }
        Scope::Statuses(statuses) => {
            let mut keys: Vec<_> = statuses
                .iter()
                .flat_map(|status| (0..STATUS_SHARDS).map(|shard| keys::status_key(status, shard)))
                .collect();
            keys.sort();
            keys.dedup();
            let partition = |key| Partition { index: BY_STATUS, attribute: STATUS_KEY, key, status: None };
            keys.into_iter().map(partition).collect()
        }
    }
}

/// A range of `order_key`, both bounds included.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct KeyRange {
    pub(crate) low: String,
    pub(crate) high: String,
}

impl KeyRange {
    /// The orders opened from `from` on and before `to`, or those of them behind `position`; `None` where there can be
    /// none, for DynamoDB refuses a range whose bounds are the wrong way round.
    ///
    /// A time alone sorts before every key that begins with it: as the low bound it takes these in, as the high bound
    /// it leaves them out.
    pub(crate) fn of(
        from: Option<Timestamp>,
        to: Option<Timestamp>,
        position: Option<Position>,
    ) -> Option<Self> {
        let low = from.unwrap_or(Timestamp::MIN).to_string();
        let latest = to.map_or_else(|| AFTER_ALL.to_owned(), |to| to.to_string());
        let high = match position.map(Position::just_below) {
            Some(below) => below.min(latest),
            None => latest,
        };
        (low <= high).then_some(Self { low, high })
    }
}

/// Sorts behind every year's digits.
const AFTER_ALL: &str = "~";
