//! The attribute `dataschema`: a URI that names the event's type and the number of its schema.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The schema of an event's data: `<prefix><type>:<number>`, such as `urn:bank:event:Deposited:2`.
///
/// `CloudEvents` requires a URI, so the prefix begins with a scheme.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct EventSchema {
    /// The URI without the number and the colon before it.
    uri: String,
    number: u32,
}

/// A text that does not end with a colon and the number of a schema.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("dataschema must end with a colon and the number of the schema, such as :1")]
pub struct InvalidSchema;

impl EventSchema {
    /// The schema `number` of the event `event_type`. All schemas of one publisher begin with `prefix`.
    #[must_use]
    pub fn new(prefix: &str, event_type: &str, number: u32) -> Self {
        Self { uri: [prefix, event_type].concat(), number }
    }

    /// The number of the schema. An event's first schema has the number 1.
    #[must_use]
    pub const fn number(&self) -> u32 {
        self.number
    }
}

impl fmt::Display for EventSchema {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.uri, self.number)
    }
}

impl From<EventSchema> for String {
    fn from(schema: EventSchema) -> Self {
        schema.to_string()
    }
}

impl TryFrom<String> for EventSchema {
    type Error = InvalidSchema;

    fn try_from(text: String) -> Result<Self, InvalidSchema> {
        let (uri, number) = text.rsplit_once(':').ok_or(InvalidSchema)?;
        let number = number.parse().ok().filter(|number| *number > 0).ok_or(InvalidSchema)?;
        Ok(Self { uri: uri.to_owned(), number })
    }
}
