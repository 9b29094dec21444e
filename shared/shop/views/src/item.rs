//! An item of the query table, read attribute by attribute.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use es_core::{StreamVersion, Timestamp};

use crate::ReadError;
use crate::keys::{PK, VERSION};

/// An item, as DynamoDB answers it.
pub(crate) struct Item<'a>(pub(crate) &'a HashMap<String, AttributeValue>);

impl Item<'_> {
    /// The text `name`, where there is one.
    pub(crate) fn optional(&self, name: &str) -> Option<String> {
        self.0.get(name)?.as_s().ok().cloned()
    }

    /// The text `name`.
    pub(crate) fn text(&self, name: &'static str) -> Result<String, ReadError> {
        self.optional(name).ok_or_else(|| self.corrupt(name))
    }

    /// The whole number `name`.
    pub(crate) fn number(&self, name: &'static str) -> Result<i64, ReadError> {
        let digits = self.0.get(name).and_then(|value| value.as_n().ok());
        digits.and_then(|digits| digits.parse().ok()).ok_or_else(|| self.corrupt(name))
    }

    /// The time `name`.
    pub(crate) fn time(&self, name: &'static str) -> Result<Timestamp, ReadError> {
        self.text(name)?.parse().map_err(|_| self.corrupt(name))
    }

    /// The version of the last event that is in it.
    pub(crate) fn version(&self) -> Result<StreamVersion, ReadError> {
        let number = self.number(VERSION)?.try_into().map_err(|_| self.corrupt(VERSION))?;
        Ok(StreamVersion::new(number))
    }

    /// What is wrong with it: `attribute`.
    pub(crate) fn corrupt(&self, attribute: &'static str) -> ReadError {
        let item = self.optional(PK).unwrap_or_else(|| "an unnamed item".to_owned());
        ReadError::Corrupt { item, attribute }
    }
}
