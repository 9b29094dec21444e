//! The orders that a search looks at, piece by piece.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::{AttributeValue, ReturnConsumedCapacity};
use tracing::field::Empty;

use super::sources::Source;
use super::views::views_of;
use crate::cursor::Position;
use crate::keys::{self, PK, SK};
use crate::merge::{Piece, Unread};
use crate::partition::KeyRange;
use crate::query::query;
use crate::{DynamoOrderViews, ReadError, capacity};

/// A piece of `source`: up to `limit` orders of `range`, newest first.
pub(super) async fn read(
    views: &DynamoOrderViews,
    source: &Source,
    range: &KeyRange,
    limit: usize,
) -> Result<Piece, ReadError> {
    match source {
        Source::Views(partition) => query(views, partition, range, limit).await,
        Source::Postings(prefix) => {
            let (positions, unread) = postings(views, prefix, range, limit).await?;
            Ok(Piece { orders: views_of(views, &positions).await?, unread })
        }
    }
}

/// Up to `limit` orders with a word that begins with `prefix`, newest first, and what is left of them.
#[tracing::instrument(name = "read_store.postings", skip_all, fields(
    otel.kind = "client", db.system.name = "aws.dynamodb", db.operation.name = "Query",
    db.collection.name = views.table, aws.dynamodb.consumed_capacity = Empty,
))]
async fn postings(
    views: &DynamoOrderViews,
    prefix: &str,
    range: &KeyRange,
    limit: usize,
) -> Result<(Vec<Position>, Unread), ReadError> {
    let text = |text: &str| AttributeValue::S(text.to_owned());
    let key = keys::word_key(prefix);
    let query = views
        .client
        .query()
        .table_name(&views.table)
        .key_condition_expression("#pk = :pk AND #sk BETWEEN :low AND :high")
        .expression_attribute_names("#pk", PK)
        .expression_attribute_names("#sk", SK)
        .expression_attribute_values(":pk", text(&key))
        .expression_attribute_values(":low", text(&range.low))
        .expression_attribute_values(":high", text(&range.high))
        .scan_index_forward(false)
        .limit(i32::try_from(limit).unwrap_or(i32::MAX))
        .return_consumed_capacity(ReturnConsumedCapacity::Total);
    // Boxed: the SDK's futures are kilobytes of state, nested too deep for the compiler to lay out in place.
    let answer = Box::pin(query.send()).await?;
    capacity::record(&views.table, answer.consumed_capacity());
    let position = |item: &HashMap<String, AttributeValue>| {
        let place = item.get(SK).and_then(|sk| sk.as_s().ok()).and_then(|sk| Position::of(sk));
        place.ok_or_else(|| ReadError::Corrupt { item: key.clone(), attribute: SK })
    };
    let positions = answer.items().iter().map(position).collect::<Result<_, _>>()?;
    let last = answer.last_evaluated_key().map(position).transpose()?;
    Ok((positions, last.map_or(Unread::Nothing, Unread::Behind)))
}
