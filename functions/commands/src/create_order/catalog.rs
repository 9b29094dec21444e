//! Loads the products of an order from their streams.

use std::collections::BTreeSet;

use domain::order::Catalog;
use domain::product::{Product, ProductId, ProductState};
use es_core::{EventReader, history_of};
use futures::stream::{self, StreamExt, TryStreamExt};
use http_api::ApiError;

/// How many products are loaded concurrently.
const CONCURRENCY: usize = 10;

/// Loads the current state of the products `ids`. Each product costs one load of its stream.
///
/// # Errors
/// [`Problem::Throttled`](http_api::Problem::Throttled) or [`Problem::Internal`](http_api::Problem::Internal) if a
/// stream cannot be read.
pub(crate) async fn load<S: EventReader>(store: &S, ids: BTreeSet<ProductId>) -> Result<Catalog, ApiError> {
    let loads = ids.into_iter().map(|id| product(store, id));
    stream::iter(loads).buffer_unordered(CONCURRENCY).try_collect().await
}

async fn product<S: EventReader>(store: &S, id: ProductId) -> Result<(ProductId, ProductState), ApiError> {
    let history = history_of::<Product, _>(store, &id.stream()).await?;
    Ok((id, history.state().clone()))
}
