//! Reads records of the stream again, as the redrive function does.

use std::sync::Arc;

use event_stream::{Record, RecordRange};
use operators::redrive::{ReadBack, RecordSource, SourceError};
use tokio::time::sleep;

use crate::Mutation;
use crate::aws::record_in_known_form;
use crate::world::{Function, World};

/// The records that the shards retain.
pub(crate) struct RetainedRecords {
    pub(crate) world: Arc<World>,
}

impl RecordSource for RetainedRecords {
    async fn read(&self, range: &RecordRange) -> Result<ReadBack, SourceError> {
        let world = &self.world;
        sleep(world.random.millis(1..12)).await;
        if world.random.chance(world.fault_rates().queue_failures) {
            return Err(SourceError("the stream is unavailable".into()));
        }
        let Some(records) = world.stream.retained(range) else {
            let is_taken_for_empty = world.has(Mutation::TrimmedBatchTakenForDone);
            return Ok(if is_taken_for_empty { ReadBack::Whole(Vec::new()) } else { ReadBack::Trimmed });
        };
        let is_new = world.deployment.knows_future_events(Function::REDRIVE);
        let readable = records.into_iter().map(|record| {
            let record = if is_new { record_in_known_form(&record) } else { record };
            serde_json::from_value::<Record>(record).unwrap()
        });
        Ok(ReadBack::Whole(readable.collect()))
    }
}
