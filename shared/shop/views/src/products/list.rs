//! Lists products in pages, sorted by id.

use std::fmt;
use std::str::FromStr;

use dynamo::{MAX_SORT_KEY_BYTES, text};
use tracing::field::Empty;
use view_store::{CursorError, CursorLayout, Measured, PageLimit, ReadError};

use super::{DynamoProductViews, LIST, ProductView};
use crate::orders::{BY_STATUS, ORDER_KEY, STATUS_KEY};

/// The layout of the cursor of this list, which contains a product's id.
const LAYOUT: CursorLayout = CursorLayout(2);

/// A page of the list of products.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProductPage {
    /// The page's products, sorted by the UTF-8 bytes of their ids.
    pub products: Vec<ProductView>,
    /// The cursor of the next page; `None` at the end of the list.
    pub next: Option<ProductCursor>,
}

/// The cursor of the list of products: the next page begins after this id, even if the product no longer exists.
///
/// The cursor needs no signature, because a caller who may read the list may start at any product.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProductCursor {
    product_id: String,
}

impl fmt::Display for ProductCursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&LAYOUT.encode(self.product_id.as_bytes()))
    }
}

impl FromStr for ProductCursor {
    type Err = CursorError;

    fn from_str(text: &str) -> Result<Self, CursorError> {
        let id = String::from_utf8(LAYOUT.decode(text, MAX_SORT_KEY_BYTES)?);
        let id = id.ok().filter(|id| !id.is_empty());
        id.map(|product_id| Self { product_id }).ok_or(CursorError::Malformed)
    }
}

/// A page of all products, sorted by id: the first page, or the page after `cursor`. Costs one `Query`.
///
/// # Errors
/// [`ReadError`] if the table cannot be read or an item is corrupt.
#[tracing::instrument(name = "read_store.query", skip_all, fields(
    otel.kind = "client", cqrs.side = "query", db.system.name = "aws.dynamodb", db.operation.name = "Query",
    db.collection.name = views.table.name(), aws.dynamodb.index_name = BY_STATUS,
    aws.dynamodb.consumed_capacity = Empty,
))]
pub async fn list_products(
    views: &DynamoProductViews,
    limit: PageLimit,
    cursor: Option<&ProductCursor>,
) -> Result<ProductPage, ReadError> {
    let mut query = views
        .table
        .query()
        .index_name(BY_STATUS)
        .key_condition_expression("#partition = :partition")
        .expression_attribute_names("#partition", STATUS_KEY)
        .expression_attribute_values(":partition", text(LIST))
        // Read one product more than the page has, to find out whether another page follows.
        .limit(i32::from(limit.get()) + 1);
    if let Some(ProductCursor { product_id }) = cursor {
        query = query
            .key_condition_expression("#partition = :partition AND #product > :behind")
            .expression_attribute_names("#product", ORDER_KEY)
            .expression_attribute_values(":behind", text(product_id));
    }
    let answer = views.table.call().send(query.send()).await?;
    let (products, is_cut) = limit.cut(Measured::<ProductView>::views(answer.items())?);
    let goes_on = is_cut || answer.last_evaluated_key().is_some();
    let next = products.last().filter(|_| goes_on).map(|last| last.product_id.clone());
    Ok(ProductPage { products, next: next.map(|product_id| ProductCursor { product_id }) })
}
