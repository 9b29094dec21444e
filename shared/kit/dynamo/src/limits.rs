//! DynamoDB's limits, and sizes as DynamoDB counts them.

use aws_sdk_dynamodb::types::AttributeValue;
use es_core::Unwritable;

use crate::AttributeMap;

/// The maximum size of an item, including the names of its attributes: 400 KB.
///
/// Source: Amazon DynamoDB Developer Guide, "Constraints in Amazon DynamoDB", section "Items".
pub const MAX_ITEM_BYTES: usize = 400 * 1_024;

/// The maximum length of a partition key of a table or an index.
///
/// Source: Amazon DynamoDB Developer Guide, "Constraints in Amazon DynamoDB", section "Partition keys and sort keys".
pub const MAX_PARTITION_KEY_BYTES: usize = 2_048;

/// The maximum length of a sort key of a table or an index.
///
/// Source: as for [`MAX_PARTITION_KEY_BYTES`].
pub const MAX_SORT_KEY_BYTES: usize = 1_024;

/// The maximum number of items of one `BatchGetItem`.
///
/// Source: Amazon DynamoDB API Reference, `BatchGetItem`.
pub const MAX_GET_BATCH: usize = 100;

/// The maximum number of items of one `BatchWriteItem`.
///
/// Source: Amazon DynamoDB API Reference, `BatchWriteItem`.
pub const MAX_WRITE_BATCH: usize = 25;

/// The maximum number of actions of one transaction.
///
/// Source: Amazon DynamoDB API Reference, `TransactWriteItems`.
pub const MAX_TRANSACTION_ACTIONS: usize = 100;

/// The maximum size of all items of one transaction: 4 MB.
///
/// Source: Amazon DynamoDB API Reference, `TransactWriteItems`.
pub const MAX_TRANSACTION_BYTES: usize = 4 * 1_024 * 1_024;

/// The size of an item: the names of its attributes plus [`value_bytes`] of each value.
#[must_use]
pub fn item_bytes(item: &AttributeMap) -> usize {
    item.iter().map(|(name, value)| name.len() + value_bytes(value)).sum()
}

/// The size of `value` in bytes. `value` must not be a binary value or a set.
/// - a string: its length in UTF-8
/// - a number: one byte for every two digits, plus one
/// - a boolean or null: one byte
/// - a list or a map: three bytes, plus one byte and the size of each member
///
/// AWS calls its own rule for numbers approximate. This function counts leading and trailing zeros like other digits,
/// so the result is never too small.
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

/// Checks that the `bytes` of `attribute` do not exceed `limit`.
///
/// # Errors
/// [`Unwritable`] if they do.
pub const fn check_size(attribute: &'static str, bytes: usize, limit: usize) -> Result<(), Unwritable> {
    if bytes > limit { Err(Unwritable::TooLarge { attribute, bytes, limit }) } else { Ok(()) }
}
