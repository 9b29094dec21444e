//! The products of an order, out of their streams.

use std::collections::BTreeSet;

use domain::order::Catalog;
use domain::product::{Product, ProductId, ProductState};
use es_core::{EventReader, history_of};
use futures::stream::{self, StreamExt, TryStreamExt};
use http_api::Failure;

/// How many products are loaded at a time.
const CONCURRENCY: usize = 10;

/// The products `ids` as they are now: one load each.
///
/// # Errors
/// [`Problem::Throttled`](http_api::Problem::Throttled) and [`Problem::Internal`](http_api::Problem::Internal) where a
/// stream cannot be read.
pub(crate) async fn load<S: EventReader>(store: &S, ids: BTreeSet<ProductId>) -> Result<Catalog, Failure> {
    let loads = ids.into_iter().map(|id| product(store, id));
    stream::iter(loads).buffer_unordered(CONCURRENCY).try_collect().await
}

async fn product<S: EventReader>(store: &S, id: ProductId) -> Result<(ProductId, ProductState), Failure> {
    let history = history_of::<Product, _>(store, &id.stream()).await?;
    Ok((id, history.state().clone()))
}
