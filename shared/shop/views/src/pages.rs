//! All pages of a query.

use std::collections::HashMap;

use aws_sdk_dynamodb::operation::query::builders::QueryFluentBuilder;
use aws_sdk_dynamodb::types::AttributeValue;

use crate::{ReadError, capacity};

/// Hands every item that `query` finds in `table` to `take`, page by page. `whole` is what they are all together, and
/// has `most` pages at the most.
///
/// # Errors
/// [`ReadError`], case by case; what `take` gives; [`ReadError::Unavailable`] where there are more pages.
pub(crate) async fn each_item(
    query: QueryFluentBuilder,
    table: &str,
    (whole, most): (&str, u32),
    mut take: impl FnMut(HashMap<String, AttributeValue>) -> Result<(), ReadError>,
) -> Result<(), ReadError> {
    let mut start = None;
    for _ in 0..most {
        // Boxed: the SDK's futures are kilobytes of state, nested too deep for the compiler to lay out in place.
        let answer = Box::pin(query.clone().set_exclusive_start_key(start).send()).await?;
        capacity::record(table, answer.consumed_capacity());
        answer.items.into_iter().flatten().try_for_each(&mut take)?;
        start = answer.last_evaluated_key;
        if start.is_none() {
            return Ok(());
        }
    }
    Err(ReadError::Unavailable(format!("{whole} has more than {most} pages").into()))
}
