//! Filling a batch: up to the batch size, the payload limit, or the end of the batching window.

use stack_kinesis::{Kinesis, KinesisError, Record, Slice};
use stack_template::EventSourceMapping;
use tokio::time::Instant;

/// Largest event (Lambda quotas): 6 MB.
const MAXIMUM_EVENT: usize = 6 * 1024 * 1024;
/// What a record's members take in an event besides its data and its partition key, generously.
const ENVELOPE: usize = 768;

/// What is there to deliver.
#[derive(Debug)]
pub(super) enum Filled {
    /// Nothing.
    Empty,
    /// Records, and room for more until the instant the window ends.
    Partly(Instant),
    /// A batch to deliver now.
    Whole(Vec<Record>),
}

/// Looks at what a slice holds for the next batch. `opened` is when its first record was seen.
pub(super) fn fill(
    kinesis: &Kinesis,
    mapping: &EventSourceMapping,
    slice: Slice,
    opened: &mut Option<Instant>,
) -> Result<Filled, KinesisError> {
    let mut records = kinesis.read(&mapping.stream, slice, mapping.batch_size, MAXIMUM_EVENT)?;
    if records.is_empty() {
        return Ok(Filled::Empty);
    }
    let fitting = fitting(&records);
    let is_full = records.len() >= mapping.batch_size || fitting < records.len();
    let closes = *opened.get_or_insert_with(Instant::now) + mapping.batching_window;
    if !is_full && Instant::now() < closes {
        return Ok(Filled::Partly(closes));
    }
    *opened = None;
    records.truncate(fitting);
    Ok(Filled::Whole(records))
}

/// How many of the records fit one event; at least the first, which Kinesis's own limit keeps small enough.
fn fitting(records: &[Record]) -> usize {
    let mut size = 0;
    let fits = |record: &&Record| {
        size += record.data.len().div_ceil(3) * 4 + record.partition_key.len() + ENVELOPE;
        size <= MAXIMUM_EVENT
    };
    records.iter().take_while(fits).count().max(1)
}

#[cfg(test)]
mod tests {
    use super::{MAXIMUM_EVENT, fitting};
    use stack_kinesis::{Record, SequenceNumber};

    #[test]
    fn a_batch_holds_what_fits_an_event_and_never_nothing() {
        let record = |size: usize| Record {
            sequence: SequenceNumber(1),
            partition_key: "k".to_owned(),
            data: vec![0; size],
            arrived_ms: 0,
        };
        let megabyte = 1024 * 1024;
        // A megabyte is a third more in base64: four fit 6 MB, five do not.
        assert_eq!(fitting(&vec![record(megabyte); 10]), 4);
        assert_eq!(fitting(&[record(MAXIMUM_EVENT)]), 1);
        assert_eq!(fitting(&vec![record(10); 100]), 100);
    }
}
