//! The 128-bit hash-key space that a stream's shards divide among themselves.
//!
//! The hash key of a partition key is its MD5 as a big-endian number (Kinesis guide, "Partition key").

/// The hash key of a partition key.
#[must_use]
pub(crate) fn hash_key(partition_key: &str) -> u128 {
    u128::from_be_bytes(md5::compute(partition_key).0)
}

/// First hash key of range `index` out of `count` equal ranges (`index` is below `count`): ⌊index · 2^128 / count⌋.
#[must_use]
pub(crate) fn first_of_range(index: u32, count: u32) -> u128 {
    if index == 0 {
        return 0;
    }
    let (index, count) = (u128::from(index), u128::from(count.max(1)));
    // 2^128 = count · whole + rest. `u128::MAX` is 2^128 - 1.
    let (whole, rest) = (u128::MAX / count, u128::MAX % count + 1);
    index * whole + index * rest / count
}

/// First and last hash key of each of `count` equal ranges, in ascending order.
pub(crate) fn equal_ranges(count: u32) -> impl Iterator<Item = (u128, u128)> {
    let last = move |index: u32| {
        if index + 1 < count { first_of_range(index + 1, count) - 1 } else { u128::MAX }
    };
    (0..count).map(move |index| (first_of_range(index, count), last(index)))
}

/// Number that spreads the partition keys of one shard over its lanes. It uses the low bits of the hash key, because
/// the high bits choose the shard.
#[must_use]
pub(crate) fn lane_key(hash_key: u128) -> i64 {
    i64::try_from(hash_key & u128::from(i64::MAX.unsigned_abs())).unwrap_or(0)
}

/// A shard id in Kinesis's form, `shardId-000000000000`.
#[must_use]
pub fn shard_id(shard: u32) -> String {
    format!("shardId-{shard:012}")
}

/// Parses a shard id into the shard's number. Kinesis takes any text before a hyphen, and any number of digits after it.
#[must_use]
pub fn number_of_id(id: &str) -> Option<u32> {
    let digits = id.split('-').nth(1).filter(|digits| !digits.is_empty()).unwrap_or(id);
    let number = digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| digits.parse::<u32>().ok())??;
    (i32::try_from(number).is_ok()).then_some(number)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::{equal_ranges, hash_key, lane_key, number_of_id, shard_id};

    #[test]
    fn ranges_cover_the_space_without_gap_or_overlap() {
        for count in [1, 2, 3, 4, 7, 500] {
            let ranges: Vec<_> = equal_ranges(count).collect();
            assert_eq!((ranges[0].0, ranges[ranges.len() - 1].1), (0, u128::MAX));
            assert!(ranges.windows(2).all(|pair| pair[0].1 + 1 == pair[1].0));
        }
    }

    #[test]
    fn twice_as_many_ranges_halve_each_range() {
        let (four, eight): (Vec<_>, Vec<_>) = (equal_ranges(4).collect(), equal_ranges(8).collect());
        assert_eq!(four[1], (eight[2].0, eight[3].1));
        assert_eq!(four[1].0, 1 << 126);
    }

    #[test]
    fn the_hash_key_is_the_md5_of_the_partition_key() {
        assert_eq!(hash_key(""), 0xd41d_8cd9_8f00_b204_e980_0998_ecf8_427e);
    }

    #[test]
    fn the_keys_of_each_shard_spread_over_all_lanes() {
        for (first, last) in equal_ranges(4) {
            let keys = (0..400).map(|key| hash_key(&key.to_string()));
            let lanes: BTreeSet<i64> =
                keys.filter(|key| (first..=last).contains(key)).map(|key| lane_key(key) % 10).collect();
            assert_eq!(lanes, (0..10).collect());
        }
    }

    #[test]
    fn shard_ids_are_read_as_kinesis_reads_them() {
        assert_eq!(shard_id(3), "shardId-000000000003");
        for id in ["shardId-000000000003", "shardId-3", "3", "-3"] {
            assert_eq!(number_of_id(id), Some(3), "{id}");
        }
        for id in ["", "shardId-", "ABKLFD8", "2.14E4", "+3", "2147483648"] {
            assert_eq!(number_of_id(id), None, "{id}");
        }
    }
}
