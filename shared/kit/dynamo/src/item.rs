//! Items: their attributes, written and read.

use std::collections::HashMap;
use std::fmt::Display;
use std::str::FromStr;

use aws_sdk_dynamodb::types::AttributeValue;
use es_core::WriteError;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// The partition key of every table.
pub const PK: &str = "pk";
/// The sort key of every table.
pub const SK: &str = "sk";

/// An item as the SDK sends and receives it.
pub type AttributeMap = HashMap<String, AttributeValue>;

/// The attribute value that holds `text`.
#[must_use]
pub fn text(text: impl Into<String>) -> AttributeValue {
    AttributeValue::S(text.into())
}

/// The attribute value that holds `number`.
#[must_use]
pub fn number(number: impl Display) -> AttributeValue {
    AttributeValue::N(number.to_string())
}

/// The attribute value that holds `value`: numbers as numbers, sequences as lists, structs and maps as maps. `None` if
/// it cannot be one: a map whose keys are no texts, a number that is not finite.
#[must_use]
pub fn attribute_value(value: &(impl Serialize + ?Sized)) -> Option<AttributeValue> {
    serde_json::to_value(value).ok().map(from_json)
}

fn from_json(json: Value) -> AttributeValue {
    match json {
        Value::Null => AttributeValue::Null(true),
        Value::Bool(flag) => AttributeValue::Bool(flag),
        Value::Number(digits) => number(&digits),
        Value::String(words) => text(words),
        Value::Array(values) => AttributeValue::L(values.into_iter().map(from_json).collect()),
        Value::Object(members) => {
            AttributeValue::M(members.into_iter().map(|(name, value)| (name, from_json(value))).collect())
        }
    }
}

/// The JSON that [`attribute_value`] made `value` of; `None` if it is of another kind, such as a set.
fn to_json(value: &AttributeValue) -> Option<Value> {
    Some(match value {
        AttributeValue::Null(_) => Value::Null,
        AttributeValue::Bool(flag) => Value::Bool(*flag),
        AttributeValue::N(digits) => Value::Number(digits.parse().ok()?),
        AttributeValue::S(words) => Value::String(words.clone()),
        AttributeValue::L(values) => Value::Array(values.iter().map(to_json).collect::<Option<_>>()?),
        AttributeValue::M(members) => {
            let member = |(name, value): (&String, _)| Some((name.clone(), to_json(value)?));
            Value::Object(members.iter().map(member).collect::<Option<_>>()?)
        }
        _ => return None,
    })
}

/// An item that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{item} has no attribute {attribute} of the right form")]
pub struct CorruptItem {
    /// The item's partition key.
    pub item: String,
    /// The attribute that is missing or has the wrong form.
    pub attribute: &'static str,
}

impl From<CorruptItem> for WriteError {
    fn from(corrupt: CorruptItem) -> Self {
        Self::Unavailable(corrupt.into())
    }
}

/// An item, read attribute by attribute. Each reader that fails names the attribute.
#[derive(Debug, Clone, Copy)]
pub struct Item<'a>(pub &'a AttributeMap);

#[expect(clippy::missing_errors_doc, reason = "each reader fails with CorruptItem, as the type says")]
impl<'a> Item<'a> {
    /// Whether the item has the attribute `name`.
    #[must_use]
    pub fn has(self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    /// The text `name`, if there is one.
    #[must_use]
    pub fn optional(self, name: &str) -> Option<&'a str> {
        self.0.get(name)?.as_s().ok().map(String::as_str)
    }

    /// The text `name`.
    pub fn text(self, name: &'static str) -> Result<&'a str, CorruptItem> {
        self.optional(name).ok_or_else(|| self.corrupt(name))
    }

    /// What the text `name` says: a time, an id.
    pub fn parsed<T: FromStr>(self, name: &'static str) -> Result<T, CorruptItem> {
        self.text(name)?.parse().map_err(|_| self.corrupt(name))
    }

    /// The JSON in the text `name`.
    pub fn json<T: DeserializeOwned>(self, name: &'static str) -> Result<T, CorruptItem> {
        serde_json::from_str(self.text(name)?).map_err(|_| self.corrupt(name))
    }

    /// The value that [`attribute_value`] wrote as `name`.
    pub fn value<T: DeserializeOwned>(self, name: &'static str) -> Result<T, CorruptItem> {
        let value = self.0.get(name).and_then(to_json).and_then(|json| serde_json::from_value(json).ok());
        value.ok_or_else(|| self.corrupt(name))
    }

    /// The whole number `name`.
    pub fn number<T: FromStr>(self, name: &'static str) -> Result<T, CorruptItem> {
        let digits = self.0.get(name).and_then(|value| value.as_n().ok());
        digits.and_then(|digits| digits.parse().ok()).ok_or_else(|| self.corrupt(name))
    }

    /// The truth value `name`.
    pub fn flag(self, name: &'static str) -> Result<bool, CorruptItem> {
        let flag = self.0.get(name).and_then(|value| value.as_bool().ok());
        flag.copied().ok_or_else(|| self.corrupt(name))
    }

    /// The error that blames `attribute`.
    #[must_use]
    pub fn corrupt(self, attribute: &'static str) -> CorruptItem {
        CorruptItem { item: self.optional(PK).unwrap_or("an unnamed item").to_owned(), attribute }
    }
}
