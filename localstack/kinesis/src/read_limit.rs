//! The limit of reads: five calls of `GetRecords` per second and shard (Kinesis API reference, `GetRecords`).
//!
//! Mappings read the store directly and are not counted. In AWS, each mapping without a consumer of its own takes one of
//! the five reads.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

/// Calls of `GetRecords` that a shard accepts in a second.
const READS_PER_SECOND: usize = 5;
const SECOND_MS: i64 = 1_000;

/// The times of the reads of each shard in the last second, in milliseconds since the epoch. A shard without such a read
/// has no entry.
#[derive(Debug, Default)]
pub(super) struct ReadLimit(Mutex<BTreeMap<u32, Vec<i64>>>);

impl ReadLimit {
    /// Counts a read of a shard at `now_ms`. False if the shard has had all reads of the last second.
    pub(super) fn admits(&self, shard: u32, now_ms: i64) -> bool {
        let mut shards = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        shards.retain(|_, reads| {
            reads.retain(|read| now_ms - read < SECOND_MS);
            !reads.is_empty()
        });
        let reads = shards.entry(shard).or_default();
        let is_admitted = reads.len() < READS_PER_SECOND;
        if is_admitted {
            reads.push(now_ms);
        }
        is_admitted
    }
}

#[cfg(test)]
mod tests {
    use super::ReadLimit;

    #[test]
    fn a_shard_accepts_five_reads_in_any_second() {
        let limit = ReadLimit::default();
        let admitted =
            |shard, times: &[i64]| times.iter().map(|time| limit.admits(shard, *time)).collect::<Vec<_>>();
        assert_eq!(admitted(0, &[0, 100, 200, 300, 400, 500]), [true, true, true, true, true, false]);
        assert_eq!(admitted(1, &[500]), [true], "another shard has reads of its own");
        assert_eq!(admitted(0, &[999, 1_000, 1_001, 1_100]), [false, true, false, true]);
    }

    #[test]
    fn a_shard_that_is_no_longer_read_is_forgotten() {
        let limit = ReadLimit::default();
        for shard in 0..100 {
            assert!(limit.admits(shard, i64::from(shard) * 100));
        }
        assert_eq!(limit.0.lock().unwrap().len(), 10);
    }
}
