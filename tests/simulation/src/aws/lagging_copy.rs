//! What eventually consistent reads see: a copy of all tables that is behind.
//!
//! `DynamoDB` answers an eventually consistent read from any copy of the item, and an index follows its table after a
//! moment. Here each such read is answered either by the table or by the lagging copy. One request can therefore be
//! answered with older data than the request before it, and a table and its index can disagree.
//!
//! Source: Amazon DynamoDB Developer Guide, "DynamoDB read consistency".

use std::collections::VecDeque;
use std::sync::Mutex;

use dynoxide::Database;

use super::{DynamoRequest, DynamoResponse, serve};

/// The copy, and the writes that the copy lacks.
pub(crate) struct LaggingCopy(Mutex<CopyState>);

/// The data of the copy.
struct CopyState {
    database: Database,
    /// The successful writes that the copy lacks, each with its time in milliseconds, oldest first.
    pending: VecDeque<(u64, DynamoRequest)>,
}

impl LaggingCopy {
    /// A copy without tables. The requests that create them are writes, too.
    pub(crate) fn empty() -> Self {
        let (database, pending) = (Database::memory().unwrap(), VecDeque::new());
        Self(Mutex::new(CopyState { database, pending }))
    }

    /// Records that `call` changed a table at the time `millis`.
    pub(super) fn record(&self, millis: u64, call: DynamoRequest) {
        self.0.lock().unwrap().pending.push_back((millis, call));
    }

    /// Answers the read `call` with the data of the time `millis`, or with later data if an earlier read has already
    /// seen it. Writes are repeated only here, so a run without stale reads does not pay for the copy.
    pub(super) fn answer(&self, call: &DynamoRequest, millis: u64) -> DynamoResponse {
        let mut copy = self.0.lock().unwrap();
        while let Some((_, write)) =
            copy.pending.pop_front_if(|(at, write)| *at <= millis || write.is_setup())
        {
            // The table has accepted the write at the same state, so the copy accepts it as well.
            serve(&copy.database, &write);
        }
        serve(&copy.database, call)
    }
}
