//! The items of postings, and writing them.

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::{PutRequest, WriteRequest};
use dynamo::{AttributeMap, CorruptItem, DynamoError, Item, MAX_WRITE_BATCH, SK, Table, text};
use es_core::{Timestamp, WriteError};
use futures::{StreamExt, TryStreamExt, stream};
use tracing::field::Empty;
use uuid::Uuid;
use view_store::{ItemKey, Position, Unread};

use super::{IndexedWords, WORDS, word_key};

/// The end of the sort key of a shipment's posting.
const SHIPMENT: &str = "#shipment";

/// How many requests with postings are sent concurrently.
const CONCURRENCY: usize = 8;

/// The postings of all orders, and their checkpoints, in one DynamoDB table.
#[derive(Debug, Clone)]
pub struct DynamoPostings {
    pub(super) table: Table,
}

/// The order of a posting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PostedOrder {
    /// The order's id.
    pub order: Uuid,
    /// When the order was opened.
    pub created_at: Timestamp,
}

/// The event that gives an order words. Each has postings of its own, so that no write replaces the words of another
/// event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WordSource {
    /// The opening.
    Opening,
    /// The shipment.
    Shipment,
}

impl DynamoPostings {
    /// The postings in `table`.
    #[must_use]
    pub fn new(client: Client, table: impl Into<String>) -> Self {
        Self { table: Table::new(client, table) }
    }

    /// Adds postings for `words` of `order`, which come from `source`. Without words, no request is sent. Other postings
    /// stay.
    ///
    /// # Errors
    /// [`WriteError`] if the table refuses a write or is unavailable. Some postings may have been written then; the
    /// caller may write all of them again.
    pub async fn put(
        &self,
        order: PostedOrder,
        source: WordSource,
        words: &IndexedWords,
    ) -> Result<(), WriteError> {
        self.write_all(postings(order, source, words)?).await
    }

    /// Writes `postings`, which have distinct keys.
    pub(super) async fn write_all(&self, postings: Vec<WriteRequest>) -> Result<(), WriteError> {
        let batches: Vec<_> = postings.chunks(MAX_WRITE_BATCH).map(<[_]>::to_vec).collect();
        let writes: Vec<_> = batches.into_iter().map(|batch| self.write(batch)).collect();
        stream::iter(writes).buffer_unordered(CONCURRENCY).try_collect().await
    }

    #[tracing::instrument(name = "read_store.index", skip_all, fields(
        otel.kind = "client", cqrs.side = "projection", db.system.name = "aws.dynamodb", db.operation.name = "BatchWriteItem",
        db.collection.name = self.table.name(), aws.dynamodb.consumed_capacity = Empty,
    ))]
    async fn write(&self, batch: Vec<WriteRequest>) -> Result<(), WriteError> {
        Ok(self.table.call().write_items(batch).await?)
    }
}

/// The postings of `words`, one for each prefix.
pub(super) fn postings(
    order: PostedOrder,
    source: WordSource,
    words: &IndexedWords,
) -> Result<Vec<WriteRequest>, DynamoError> {
    let position = Position { time: order.created_at, id: order.order };
    let sort_key = match source {
        WordSource::Opening => position.to_string(),
        WordSource::Shipment => format!("{position}{SHIPMENT}"),
    };
    let posting = |(prefix, words): (String, Option<String>)| {
        let mut item = ItemKey::new(word_key(&prefix), &sort_key).attributes();
        item.extend(words.map(|words| (WORDS.to_owned(), text(words))));
        let put = PutRequest::builder().set_item(Some(item)).build()?;
        Ok(WriteRequest::builder().put_request(put).build())
    };
    words.by_prefix().into_iter().map(posting).collect()
}

/// A posting as a search reads it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Posting {
    /// The position of the order.
    pub(super) position: Position,
    /// The words, separated by spaces. `None` if the order may have any word with the prefix.
    words: Option<String>,
}

impl Posting {
    /// Whether a word of the posting may be or begin with the folded `term`.
    pub(super) fn may_have(&self, term: &str) -> bool {
        self.words.as_ref().is_none_or(|words| words.split(' ').any(|word| word.starts_with(term)))
    }

    /// Reads a posting from its item.
    pub(super) fn from_item(item: &AttributeMap) -> Result<Self, CorruptItem> {
        let (position, _) = position(item)?;
        Ok(Self { position, words: Item(item).optional(WORDS).map(str::to_owned) })
    }
}

/// The part of a partition of postings that is unread behind the item with the key `last`.
///
/// A shipment's posting comes before the opening's posting of the same order. If the answer ends between the two, the
/// unread part includes the order's position.
pub(super) fn unread_behind(last: Option<&AttributeMap>) -> Result<Unread, CorruptItem> {
    let Some(last) = last else { return Ok(Unread::Nothing) };
    let (position, source) = position(last)?;
    Ok(Unread::Behind(match source {
        WordSource::Opening => position,
        WordSource::Shipment => position.just_above(),
    }))
}

/// The position and the source in the sort key of a posting.
fn position(posting: &AttributeMap) -> Result<(Position, WordSource), CorruptItem> {
    let item = Item(posting);
    let sort_key = item.text(SK)?;
    let (position, source) = match sort_key.strip_suffix(SHIPMENT) {
        Some(position) => (position, WordSource::Shipment),
        None => (sort_key, WordSource::Opening),
    };
    Ok((Position::from_text(position).ok_or_else(|| item.corrupt(SK))?, source))
}
