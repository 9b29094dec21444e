//! What a record holds: DynamoDB's change record, and the commit in it.

use std::collections::HashMap;

use es_core::{Commit, JsonError, Timestamp};
use event_store::{Attributes, CommitItem, InvalidItem};
use serde::Deserialize;

use crate::Record;

/// What a record holds.
#[derive(Debug)]
pub enum Content {
    /// A commit that was appended.
    Commit {
        /// The commit.
        commit: Box<Commit>,
        /// When DynamoDB wrote it, where the record tells. It is good for measuring a lag and not for an order:
        /// two commits of one stream can carry the same time.
        written_at: Option<Timestamp>,
    },
    /// A change that is no append, to be left alone.
    Ignored(Ignored),
    /// Nothing that can be read, now or on a later try.
    Poison(Undecodable),
}

/// Why a record is left alone.
///
/// The event table is append-only: no function changes or removes a commit. Where such a record comes all the same,
/// an operator did it by hand (to erase a person's data, say) or a time to live ran out, and what has been projected
/// stays: a view is brought in line by a rebuild.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ignored {
    /// An item was changed in place.
    Modified,
    /// An item was removed.
    Removed,
}

/// Why a record cannot be read. A later try ends the same way.
#[derive(Debug, thiserror::Error)]
pub enum Undecodable {
    /// Its data is not base64.
    #[error("the record's data is not base64: {0}")]
    Base64(#[from] base64::DecodeError),
    /// Its data is not a DynamoDB change record.
    #[error("the record is not a DynamoDB change record: {0}")]
    NoChange(#[from] JsonError),
    /// It reports a kind of change that DynamoDB does not document.
    #[error("the record's eventName is {0:?}")]
    UnknownChange(String),
    /// It reports an insert without the inserted item.
    #[error("the record of an insert has no NewImage")]
    NoImage,
    /// The inserted item is no commit.
    #[error("the inserted item is no commit: {0}")]
    NoCommit(#[from] InvalidItem),
}

/// What `record` holds. It never fails: what cannot be read is [`Content::Poison`].
#[must_use]
pub fn decode(record: &Record) -> Content {
    read(record).unwrap_or_else(Content::Poison)
}

fn read(record: &Record) -> Result<Content, Undecodable> {
    let Change { event_name, dynamodb } =
        serde_json::from_slice(&record.bytes()?).map_err(JsonError::from)?;
    match event_name.as_str() {
        "INSERT" => {
            let image = dynamodb.new_image.as_ref().ok_or(Undecodable::NoImage)?;
            let commit = Box::new(Commit::try_from(CommitItem::read(image)?)?);
            Ok(Content::Commit { commit, written_at: dynamodb.written_at() })
        }
        "MODIFY" => Ok(Content::Ignored(Ignored::Modified)),
        "REMOVE" => Ok(Content::Ignored(Ignored::Removed)),
        _ => Err(Undecodable::UnknownChange(event_name)),
    }
}

/// A record of one change of one item. Members that are not read here are left alone.
///
/// Source: Amazon DynamoDB Developer Guide, "Using Kinesis Data Streams to capture changes to DynamoDB".
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Change {
    /// `INSERT`, `MODIFY` or `REMOVE`.
    event_name: String,
    dynamodb: Item,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Item {
    /// The item after the change; absent where it was removed.
    new_image: Option<Image>,
    approximate_creation_date_time: Option<serde_json::Number>,
    approximate_creation_date_time_precision: Option<String>,
}

/// 2 ** 37: as seconds the year 6325, as milliseconds 1974, so no time of a live table reads both ways.
const FIRST_AS_MILLIS: i64 = 1 << 37;
/// 2 ** 47: as milliseconds the year 6429, as microseconds 1974.
const FIRST_AS_MICROS: i64 = 1 << 47;

impl Item {
    /// When the item was written; `None` where the record does not tell, or tells no time.
    ///
    /// The table's setting decides between milliseconds and microseconds, and only newer records say which. `LocalStack`
    /// gives seconds and says nothing.
    fn written_at(&self) -> Option<Timestamp> {
        let number = self.approximate_creation_date_time.as_ref()?.as_i64()?;
        let micros = match self.approximate_creation_date_time_precision.as_deref() {
            Some("MICROSECOND") => number,
            Some("MILLISECOND") => number.checked_mul(1_000)?,
            Some(_) => return None,
            None if number >= FIRST_AS_MICROS => number,
            None if number >= FIRST_AS_MILLIS => number.checked_mul(1_000)?,
            None => number.checked_mul(1_000_000)?,
        };
        Timestamp::from_micros(micros).ok()
    }
}

/// An item attribute by attribute, as `{"S": …}` or `{"N": …}`.
#[derive(Deserialize)]
#[serde(transparent)]
struct Image(HashMap<String, Value>);

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
