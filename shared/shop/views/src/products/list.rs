//! The list of products: pages in the order of their ids.

use aws_sdk_dynamodb::types::{AttributeValue, ReturnConsumedCapacity};
use tracing::field::Empty;

use crate::keys::{BY_STATUS, ORDER_KEY, PRODUCTS, STATUS_KEY};
use crate::{DynamoProductViews, PageLimit, ProductCursor, ProductView, ReadError, capacity};

/// A page of the list of products.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProductPage {
    /// Its products, in the order of their ids' UTF-8 bytes.
    pub products: Vec<ProductView>,
    /// Where the list goes on; `None` at its end.
    pub next: Option<ProductCursor>,
}

/// The page of all products behind `cursor`.
#[tracing::instrument(name = "read_store.query", skip_all, fields(
    otel.kind = "client", db.system.name = "aws.dynamodb", db.operation.name = "Query",
    db.collection.name = views.table, aws.dynamodb.index_name = BY_STATUS,
    aws.dynamodb.consumed_capacity = Empty,
))]
pub(super) async fn list(
    views: &DynamoProductViews,
    limit: PageLimit,
    cursor: Option<&ProductCursor>,
) -> Result<ProductPage, ReadError> {
    let limit = limit.get();
    let mut query = views
        .client
        .query()
        .table_name(&views.table)
        .index_name(BY_STATUS)
        .key_condition_expression("#partition = :partition")
        .expression_attribute_names("#partition", STATUS_KEY)
        .expression_attribute_values(":partition", AttributeValue::S(PRODUCTS.to_owned()))
        // One more than the page has, to know whether another follows.
        .limit(i32::from(limit) + 1)
        .return_consumed_capacity(ReturnConsumedCapacity::Total);
    if let Some(ProductCursor { product_id }) = cursor {
        query = query
            .key_condition_expression("#partition = :partition AND #product > :behind")
            .expression_attribute_names("#product", ORDER_KEY)
            .expression_attribute_values(":behind", AttributeValue::S(product_id.clone()));
    }
    // Boxed: the SDK's futures are kilobytes of state, nested too deep for the compiler to lay out in place.
    let answer = Box::pin(query.send()).await?;
    capacity::record(&views.table, answer.consumed_capacity());
    let found = answer.items().iter().filter_map(|item| ProductView::of(item).transpose());
    let mut products = found.collect::<Result<Vec<_>, _>>()?;
    let goes_on = products.len() > limit.into() || answer.last_evaluated_key().is_some();
    products.truncate(limit.into());
    let next = products.last().filter(|_| goes_on).map(|last| last.product_id.clone());
    Ok(ProductPage { products, next: next.map(|product_id| ProductCursor { product_id }) })
}
