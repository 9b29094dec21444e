//! The orders that a search looks at, newest first, piece by piece.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::{AttributeValue, ReturnConsumedCapacity};
use tracing::field::Empty;

use super::SearchFilter;
use super::views::views_of;
use crate::cursor::Position;
use crate::keys::{self, BY_USER, PK, SK, USER_KEY};
use crate::partition::{KeyRange, Partition};
use crate::query::query;
use crate::{DynamoOrderViews, OrderView, ReadError, capacity};

/// A piece of what a search looks at.
pub(super) struct Piece {
    /// The orders in it, newest first.
    pub(super) orders: Vec<OrderView>,
    /// The place that the rest is behind; `None` at its end.
    pub(super) rest: Option<Position>,
}

/// A piece of `range`: up to `limit` orders that `filter` can find.
///
/// One user's orders are in a partition of their own, which no other user's orders make longer. So the search for them
/// looks through it; every other search looks through the postings of its longest term.
pub(super) async fn piece(
    views: &DynamoOrderViews,
    filter: &SearchFilter,
    range: &KeyRange,
    limit: usize,
) -> Result<Piece, ReadError> {
    if let Some(user_id) = &filter.user_id {
        let (key, status) = (keys::user_key(user_id), filter.status.clone());
        let partition = Partition { index: BY_USER, attribute: USER_KEY, key, status };
        let piece = query(views, &partition, range, limit).await?;
        Ok(Piece { orders: piece.orders, rest: piece.unread.behind() })
    } else {
        let (positions, rest) = postings(views, &filter.terms.prefix(), range, limit).await?;
        Ok(Piece { orders: views_of(views, &positions).await?, rest })
    }
}

/// Up to `limit` orders with a word that begins with `prefix`, newest first, and the place that the rest is behind.
#[tracing::instrument(name = "read_store.postings", skip_all, fields(
    otel.kind = "client", db.system.name = "aws.dynamodb", db.operation.name = "Query",
    db.collection.name = views.table, aws.dynamodb.consumed_capacity = Empty,
))]
async fn postings(
    views: &DynamoOrderViews,
    prefix: &str,
    range: &KeyRange,
    limit: usize,
) -> Result<(Vec<Position>, Option<Position>), ReadError> {
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
    Ok((positions, answer.last_evaluated_key().map(position).transpose()?))
}
