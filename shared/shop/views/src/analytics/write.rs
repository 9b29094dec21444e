//! Counting a change exactly once.

use es_core::{Applied, StreamId, StreamVersion, ViewWriter, WriteError};

use super::marker::Marker;
use super::transaction::Ended;
use super::{AnalyticsChange, DynamoAnalytics};
use crate::pause::pause;

/// How often a transaction is tried that others stand in the way of, the first time included.
const MAX_TRIES: u32 = 8;

impl ViewWriter<AnalyticsChange> for DynamoAnalytics {
    /// Counts `change`, if the marker of `stream` is at `after`, and moves it to `to`.
    ///
    /// A stream's first commit needs no read: the transaction itself finds out whether there is a marker. Any other
    /// needs what the order was counted as.
    async fn apply(
        &self,
        stream: &StreamId,
        change: &AnalyticsChange,
        after: StreamVersion,
        to: StreamVersion,
    ) -> Result<Applied, WriteError> {
        let order = stream.uuid();
        let mut known = (after == StreamVersion::NONE).then(Marker::default);
        for tries in 1..=MAX_TRIES {
            let before = match known.take() {
                Some(marker) => marker,
                None => self.marker(order).await?,
            };
            let checkpoint = before.version;
            if checkpoint > after {
                return Ok(Applied::Ahead { checkpoint });
            }
            if checkpoint < after {
                return Ok(Applied::Behind { checkpoint });
            }
            let next = Marker { version: to, order: change.after(before.order.as_ref()) };
            match self.transact(order, &before, &next).await? {
                Ended::Counted => return Ok(Applied::Written),
                Ended::Busy if tries < MAX_TRIES => {
                    known = Some(before);
                    pause(tries).await;
                }
                Ended::Moved | Ended::Busy => {}
            }
        }
        Err(WriteError::Throttled("other transactions stand in the way of the counters".into()))
    }
}
