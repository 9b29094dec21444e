//! The image of an item in a change record: DynamoDB JSON.

use std::collections::HashMap;

use event_store::Attributes;
use serde::Deserialize;

/// An item attribute by attribute, as `{"S": …}` or `{"N": …}`.
#[derive(Deserialize)]
#[serde(transparent)]
pub(crate) struct Image(HashMap<String, Value>);

/// A value; of the types that no attribute of a commit has, nothing is kept.
#[derive(Deserialize)]
struct Value {
    #[serde(rename = "S")]
    string: Option<String>,
    #[serde(rename = "N")]
    number: Option<String>,
}

impl Attributes for Image {
    fn string(&self, name: &str) -> Option<&str> {
        self.0.get(name)?.string.as_deref()
    }

    fn number(&self, name: &str) -> Option<&str> {
        self.0.get(name)?.number.as_deref()
    }
}
