//! The content of a record: DynamoDB's change record and the commit in it.

use std::collections::HashMap;

use es_core::{Commit, JsonError};
use event_store::{Attributes, CommitItem, InvalidItem};
use serde::Deserialize;

use crate::Record;

/// The content of a record.
#[derive(Debug)]
pub enum Content {
    /// A commit that was appended.
    Commit(Box<Commit>),
    /// A change that is not an append. It is ignored.
    Ignored(Ignored),
    /// Data that cannot be read, or a change of another table. Every retry would fail in the same way.
    Poison(Undecodable),
}

/// Why a record is ignored.
///
/// The event table is append-only: no function changes or removes a commit. Such a record only appears if an operator
/// changed the table by hand, for example to erase personal data, or if a time to live has expired. The views are not
/// changed then. A rebuild brings them in line with the event table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ignored {
    /// An item was changed in place.
    Modified,
    /// An item was removed.
    Removed,
}

/// Why a record is not a readable change of the event table. Every retry would fail in the same way.
#[derive(Debug, thiserror::Error)]
pub enum Undecodable {
    /// The data is not base64.
    #[error("the record's data is not base64: {0}")]
    Base64(#[from] base64::DecodeError),
    /// The data is not a DynamoDB change record.
    #[error("the record is not a DynamoDB change record: {0}")]
    NoChange(#[from] JsonError),
    /// The record is a change of another table than the event table of this function.
    #[error(
        "the record is from the table {found}, but this function reads the event table {expected}: if {expected} was \
         restored from {found}, its views have the commit or the commit is lost, so discard the dead letter; otherwise \
         send only the changes of {expected} to the event stream"
    )]
    OtherTable {
        /// The table that the record names.
        found: String,
        /// The event table of this function.
        expected: String,
    },
    /// The record reports a kind of change that DynamoDB does not document.
    #[error("the record's eventName is {0:?}")]
    UnknownChange(String),
    /// The record reports an insert without the inserted item.
    #[error("the record of an insert has no NewImage")]
    NoImage,
    /// The inserted item is not a commit.
    #[error("the inserted item is not a commit: {0}")]
    NoCommit(#[from] InvalidItem),
}

/// Decodes `record`, which must be a change of the table `event_table`. The function never fails: data that cannot be
/// read is [`Content::Poison`].
///
/// A change of another table is poison too. After a restore of the event table, the stream may still deliver commits of
/// the damaged table. The restored table may have other commits at their versions, so they must not reach its views.
#[must_use]
pub fn decode(record: &Record, event_table: &str) -> Content {
    read(record, event_table).unwrap_or_else(Content::Poison)
}

fn read(record: &Record, event_table: &str) -> Result<Content, Undecodable> {
    let Change { event_name, table_name, dynamodb } =
        serde_json::from_slice(&record.bytes()?).map_err(JsonError::from)?;
    if table_name != event_table {
        return Err(Undecodable::OtherTable { found: table_name, expected: event_table.to_owned() });
    }
    match event_name.as_str() {
        "INSERT" => {
            let image = dynamodb.new_image.as_ref().ok_or(Undecodable::NoImage)?;
            Ok(Content::Commit(Box::new(Commit::try_from(CommitItem::read(image)?)?)))
        }
        "MODIFY" => Ok(Content::Ignored(Ignored::Modified)),
        "REMOVE" => Ok(Content::Ignored(Ignored::Removed)),
        _ => Err(Undecodable::UnknownChange(event_name)),
    }
}

/// The change of one item. Unknown members are ignored.
///
/// Source: Amazon DynamoDB Developer Guide, "Using Kinesis Data Streams to capture changes to DynamoDB".
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Change {
    /// `INSERT`, `MODIFY` or `REMOVE`.
    event_name: String,
    /// The name of the changed table.
    table_name: String,
    dynamodb: Item,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Item {
    /// The item after the change; missing if the item was removed.
    new_image: Option<Image>,
}

/// An item as a map from attribute names to `{"S": …}` or `{"N": …}`.
#[derive(Deserialize)]
#[serde(transparent)]
struct Image(HashMap<String, Value>);

/// A value. Only the types of a commit's attributes are kept.
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
