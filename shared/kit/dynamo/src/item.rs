//! Items: writing and reading their attributes.

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

/// An item in the SDK's form.
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

/// Converts `value` to an attribute value: numbers become numbers, sequences lists, structs and maps maps. The result
/// is `None` for a map whose keys are not strings. A number that is not finite becomes null.
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

/// Converts an attribute value back to the JSON that [`attribute_value`] converted; `None` for other types such as
/// sets.
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

/// An item with a missing or invalid attribute.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{item} lacks a valid attribute {attribute}")]
pub struct CorruptItem {
    /// The item's partition key.
    pub item: String,
    /// The attribute that is missing or invalid.
    pub attribute: &'static str,
}

impl From<CorruptItem> for WriteError {
    fn from(corrupt: CorruptItem) -> Self {
        Self::Unavailable(corrupt.into())
    }
}

/// An item whose attributes can be read. An error names the attribute.
#[derive(Debug, Clone, Copy)]
pub struct Item<'a>(pub &'a AttributeMap);

#[expect(
    clippy::missing_errors_doc,
    reason = "every function fails with CorruptItem, as the type's doc says"
)]
impl<'a> Item<'a> {
    /// Whether the item has the attribute `name`.
    #[must_use]
    pub fn has(self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    /// The string attribute `name`, if the item has it.
    #[must_use]
    pub fn optional(self, name: &str) -> Option<&'a str> {
        self.0.get(name)?.as_s().ok().map(String::as_str)
    }

    /// The string attribute `name`.
    pub fn text(self, name: &'static str) -> Result<&'a str, CorruptItem> {
        self.optional(name).ok_or_else(|| self.corrupt(name))
    }

    /// The string attribute `name`, parsed as a `T` such as a time or an id.
    pub fn parsed<T: FromStr>(self, name: &'static str) -> Result<T, CorruptItem> {
        self.text(name)?.parse().map_err(|_| self.corrupt(name))
    }

    /// The JSON in the string attribute `name`, deserialized as a `T`.
    pub fn json<T: DeserializeOwned>(self, name: &'static str) -> Result<T, CorruptItem> {
        serde_json::from_str(self.text(name)?).map_err(|_| self.corrupt(name))
    }

    /// The attribute `name`, which [`attribute_value`] wrote, deserialized as a `T`.
    pub fn value<T: DeserializeOwned>(self, name: &'static str) -> Result<T, CorruptItem> {
        let value = self.0.get(name).and_then(to_json).and_then(|json| serde_json::from_value(json).ok());
        value.ok_or_else(|| self.corrupt(name))
    }

    /// The number attribute `name`, which holds an integer.
    pub fn number<T: FromStr>(self, name: &'static str) -> Result<T, CorruptItem> {
        let digits = self.0.get(name).and_then(|value| value.as_n().ok());
        digits.and_then(|digits| digits.parse().ok()).ok_or_else(|| self.corrupt(name))
    }

    /// The boolean attribute `name`.
    pub fn flag(self, name: &'static str) -> Result<bool, CorruptItem> {
        let flag = self.0.get(name).and_then(|value| value.as_bool().ok());
        flag.copied().ok_or_else(|| self.corrupt(name))
    }

    /// The error that names `attribute`.
    #[must_use]
    pub fn corrupt(self, attribute: &'static str) -> CorruptItem {
        CorruptItem { item: self.optional(PK).unwrap_or("an unnamed item").to_owned(), attribute }
    }
}
