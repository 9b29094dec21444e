//! The limits of DynamoDB, and sizes as DynamoDB counts them.

use aws_sdk_dynamodb::types::AttributeValue;
use es_core::Unwritable;

use crate::AttributeMap;

/// The largest item, attribute names included: 400 KB.
///
/// Source: Amazon DynamoDB Developer Guide, "Constraints in Amazon DynamoDB", section "Items".
pub const MAX_ITEM_BYTES: usize = 400 * 1_024;

/// The longest partition key of a table or an index.
///
/// Source: Amazon DynamoDB Developer Guide, "Constraints in Amazon DynamoDB", section "Partition keys and sort keys".
pub const MAX_PARTITION_KEY_BYTES: usize = 2_048;

/// The longest sort key of a table or an index.
///
/// Source: as for [`MAX_PARTITION_KEY_BYTES`].
pub const MAX_SORT_KEY_BYTES: usize = 1_024;

/// The most items of one `BatchGetItem`.
///
/// Source: Amazon DynamoDB API Reference, `BatchGetItem`.
pub const MAX_GET_BATCH: usize = 100;

/// The most items of one `BatchWriteItem`.
///
/// Source: Amazon DynamoDB API Reference, `BatchWriteItem`.
pub const MAX_WRITE_BATCH: usize = 25;

/// The most actions of one transaction.
///
/// Source: Amazon DynamoDB API Reference, `TransactWriteItems`.
pub const MAX_TRANSACTION_ACTIONS: usize = 100;

/// The size of an item: the names of its attributes and [`value_bytes`] of each.
#[must_use]
pub fn item_bytes(item: &AttributeMap) -> usize {
    item.iter().map(|(name, value)| name.len() + value_bytes(value)).sum()
}

/// The size of `value`, which is no binary value and no set: a text in UTF-8, for a number a byte for every two digits
/// and one more, for a truth value one, for a list or a map three and one for each of its members beside their own sizes.
///
/// AWS calls its own rule for numbers approximate. Zeros at either end are counted here like any digit, so the result is
/// never too small.
///
/// Source: Amazon DynamoDB Developer Guide, "DynamoDB item sizes and formats".
#[must_use]
pub fn value_bytes(value: &AttributeValue) -> usize {
    match value {
        AttributeValue::S(text) => text.len(),
        AttributeValue::N(digits) => digits.len().div_ceil(2) + 1,
        AttributeValue::L(values) => 3 + values.iter().map(|value| 1 + value_bytes(value)).sum::<usize>(),
        AttributeValue::M(members) => 3 + members.len() + item_bytes(members),
        _ => 1,
    }
}

/// Checks that `attribute`, which has `bytes`, has no more than `limit`.
///
/// # Errors
/// [`Unwritable`] if it has more.
pub const fn check_size(attribute: &'static str, bytes: usize, limit: usize) -> Result<(), Unwritable> {
    if bytes > limit { Err(Unwritable::TooLarge { attribute, bytes, limit }) } else { Ok(()) }
}
