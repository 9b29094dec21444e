//! Shards: equal ranges of the 128-bit hash-key space.
//!
//! A partition key's hash key is its MD5 as a big-endian number (Kinesis guide, "Partition key").

/// A partition key's place in the hash-key space.
#[must_use]
pub(crate) fn hash_key(partition_key: &str) -> u128 {
    u128::from_be_bytes(md5::compute(partition_key).0)
}

/// Which of `shards` equal ranges holds a hash key.
#[must_use]
pub(crate) fn shard_of(hash_key: u128, shards: u32) -> u32 {
    let width = range_width(shards);
    u32::try_from(hash_key / width).unwrap_or(u32::MAX).min(shards.saturating_sub(1))
}

/// First and last hash key of a shard.
#[must_use]
pub(crate) fn hash_key_range(shard: u32, shards: u32) -> (u128, u128) {
    let width = range_width(shards);
    let first = u128::from(shard) * width;
    let last = if shard + 1 >= shards { u128::MAX } else { first + (width - 1) };
    (first, last)
}

/// Spreads the partition keys of one shard over lanes; other bits than those that choose the shard.
#[must_use]
pub(crate) fn lane_key(hash_key: u128) -> i64 {
    i64::try_from(hash_key & u128::from(i64::MAX.unsigned_abs())).unwrap_or(0)
}

/// `shardId-000000000000`, Kinesis's form.
#[must_use]
pub(crate) fn shard_id(shard: u32) -> String {
    format!("shardId-{shard:012}")
}

/// The shard an id names, when it is one of `shards`.
#[must_use]
pub(crate) fn shard_of_id(id: &str, shards: u32) -> Option<u32> {
    let number = id.strip_prefix("shardId-").filter(|digits| digits.len() == 12)?.parse().ok()?;
    (number < shards).then_some(number)
}

fn range_width(shards: u32) -> u128 {
    // A division of 2^128, which u128 cannot hold, rounded down; the last range takes the remainder.
    u128::MAX / u128::from(shards.max(1))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::{hash_key, hash_key_range, lane_key, shard_id, shard_of, shard_of_id};

    #[test]
    fn ranges_cover_the_space_without_gap_or_overlap() {
        for shards in [1, 2, 3, 4, 7] {
            let ranges: Vec<_> = (0..shards).map(|shard| hash_key_range(shard, shards)).collect();
            assert_eq!((ranges[0].0, ranges[ranges.len() - 1].1), (0, u128::MAX));
            assert!(ranges.windows(2).all(|pair| pair[0].1 + 1 == pair[1].0));
            for (shard, (first, last)) in (0..shards).zip(&ranges) {
                assert_eq!((shard_of(*first, shards), shard_of(*last, shards)), (shard, shard));
            }
        }
    }

    #[test]
    fn a_partition_key_hashes_like_md5() {
        assert_eq!(hash_key(""), 0xd41d_8cd9_8f00_b204_e980_0998_ecf8_427e);
    }

    #[test]
    fn the_keys_of_each_shard_spread_over_all_lanes() {
        let of_shard = |wanted: u32| {
            (0..400).map(|key| hash_key(&key.to_string())).filter(move |key| shard_of(*key, 4) == wanted)
        };
        for shard in 0..4 {
            let lanes: BTreeSet<i64> = of_shard(shard).map(|key| lane_key(key) % 10).collect();
            assert_eq!(lanes, (0..10).collect());
        }
    }

    #[test]
    fn ids_name_existing_shards_only() {
        assert_eq!(shard_of_id(&shard_id(3), 4), Some(3));
        assert_eq!((shard_of_id(&shard_id(4), 4), shard_of_id("shardId-3", 4)), (None, None));
    }
}
