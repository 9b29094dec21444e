//! What a record holds.

use es_core::{Commit, JsonError, Timestamp};
use event_store::{CommitItem, InvalidItem};

use crate::Record;
use crate::change::Change;

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
