//! Items as the SDK's attribute map, and their size as DynamoDB counts it.

use std::collections::HashMap;
use std::hash::BuildHasher;

use aws_sdk_dynamodb::types::AttributeValue;

use crate::{Attributes, CommitItem};

/// The largest item DynamoDB takes, attribute names included: 400 KB.
///
/// Source: Amazon DynamoDB Developer Guide, "Quotas in Amazon DynamoDB", section "Items".
pub const MAX_ITEM_BYTES: usize = 400 * 1_024;

impl<S: BuildHasher> Attributes for HashMap<String, AttributeValue, S> {
    fn string(&self, name: &str) -> Option<&str> {
        self.get(name)?.as_s().ok().map(String::as_str)
    }

    fn number(&self, name: &str) -> Option<&str> {
        self.get(name)?.as_n().ok().map(String::as_str)
    }
}

impl CommitItem {
    /// Its size in bytes by DynamoDB's rules: the names and texts of its attributes in UTF-8, and for a number a
    /// byte for every two digits and one more.
    ///
    /// AWS calls its rule for numbers approximate; zeros at either end are counted here as any digit, so the result
    /// is never under it.
    ///
    /// Source: Amazon DynamoDB Developer Guide, "DynamoDB item sizes and formats".
    #[must_use]
    pub fn bytes(&self) -> usize {
        let strings: usize = self.strings().map(|(name, text)| name.len() + text.len()).sum();
        let numbers: usize =
            self.numbers().iter().map(|(name, number)| name.len() + number_bytes(*number)).sum();
        strings + numbers
    }

    /// The item as the SDK sends it.
    #[must_use]
    pub fn attributes(&self) -> HashMap<String, AttributeValue> {
        let strings = self.strings().map(|(name, text)| (name, AttributeValue::S(text.to_owned())));
        let numbers =
            self.numbers().into_iter().map(|(name, number)| (name, AttributeValue::N(number.to_string())));
        strings.chain(numbers).map(|(name, value)| (name.to_owned(), value)).collect()
    }
}

fn number_bytes(number: u64) -> usize {
    let digits = number.checked_ilog10().map_or(1, |exponent| exponent as usize + 1);
    digits.div_ceil(2) + 1
}
