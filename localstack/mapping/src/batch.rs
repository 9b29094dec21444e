//! Fills a batch up to the batch size, the payload limit, or the end of the batching window.

use stack_kinesis::{Kinesis, KinesisError, Record, Slice};
use stack_template::EventSourceMapping;
use tokio::time::Instant;

/// Maximum size of an event: 6 MB (Lambda quotas).
pub(super) const MAXIMUM_EVENT: usize = 6 * 1024 * 1024;
/// Upper bound for the bytes that a record adds to an event beyond its data and its partition key.
const ENVELOPE: usize = 768;

/// Result of looking for the next batch.
#[derive(Debug)]
pub(super) enum Filled {
    /// No record is available.
    Empty,
    /// Some records are available, and the batch may grow until the batching window ends at this instant.
    Partly(Instant),
    /// A batch to deliver now.
    Whole(Vec<Record>),
}

/// Reads the records for the next batch of a slice. `opened` is the time when its first record was seen.
pub(super) fn fill(
    kinesis: &Kinesis,
    mapping: &EventSourceMapping,
    slice: Slice,
    opened: &mut Option<Instant>,
) -> Result<Filled, KinesisError> {
    let mut records =
        kinesis.read(&mapping.source.record_stream(), slice, mapping.batch_size, MAXIMUM_EVENT)?;
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

/// Number of records that fit in one event, at least 1. Kinesis's own size limit ensures that one record fits.
pub(super) fn fitting(records: &[Record]) -> usize {
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
    fn a_batch_fits_in_one_event_and_has_at_least_one_record() {
        let record = |size: usize| Record {
            sequence: SequenceNumber(1),
            number: String::new(),
            partition_key: "k".to_owned(),
            data: vec![0; size],
            arrived_ms: 0,
        };
        let megabyte = 1024 * 1024;
        // Base64 makes a megabyte a third larger: four fit in 6 MB, five do not.
        assert_eq!(fitting(&vec![record(megabyte); 10]), 4);
        assert_eq!(fitting(&[record(MAXIMUM_EVENT)]), 1);
        assert_eq!(fitting(&vec![record(10); 100]), 100);
    }
}
