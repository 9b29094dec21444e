//! The limits of DynamoDB, and sizes as DynamoDB counts them.

use es_core::Unwritable;

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

/// The size of a text attribute: its name and its text in UTF-8.
///
/// Source: Amazon DynamoDB Developer Guide, "DynamoDB item sizes and formats".
#[must_use]
pub const fn text_bytes(name: &str, text: &str) -> usize {
    name.len() + text.len()
}

/// The size of a number attribute: its name, a byte for every two digits, and one more.
///
/// AWS calls its own rule approximate. Zeros at either end are counted here like any digit, so the result is never too
/// small.
///
/// Source: as for [`text_bytes`].
#[must_use]
pub fn number_bytes(name: &str, number: u64) -> usize {
    let digits = number.checked_ilog10().map_or(1, |exponent| exponent as usize + 1);
    name.len() + digits.div_ceil(2) + 1
}

/// Checks that `attribute`, which has `bytes`, has no more than `limit`.
///
/// # Errors
/// [`Unwritable`] if it has more.
pub const fn check_size(attribute: &'static str, bytes: usize, limit: usize) -> Result<(), Unwritable> {
    if bytes > limit { Err(Unwritable { attribute, bytes, limit }) } else { Ok(()) }
}
