//! Loads the products of an order from their streams, and remembers the products that are for sale.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use domain::order::Catalog;
use domain::product::{Product, ProductId, ProductState};
use es_core::{EventReader, Timestamp, history_of};
use futures::stream::{self, StreamExt, TryStreamExt};
use http_api::ApiError;
use tokio::time::Instant;

/// How many products are loaded concurrently.
const CONCURRENCY: usize = 10;

/// How many products an instance remembers. A product takes less than 2 KB.
pub const MAX_REMEMBERED: usize = 1_000;

/// The products for sale that an instance has loaded, each for a limited time.
///
/// A product that is not for sale is not remembered. No order is accepted with it, and its id may be any text that a
/// caller has chosen.
///
/// The age of a product is the longer of two times: that of the monotonic clock, and that of the wall clock. A sandbox is
/// frozen between two invocations, and nothing says that its monotonic clock runs on meanwhile. The wall clock may be set
/// back.
#[derive(Debug)]
pub struct RememberedProducts {
    max_age: Duration,
    products: Mutex<HashMap<ProductId, Remembered>>,
}

/// The state of a product, and the time on both clocks before it was loaded.
#[derive(Debug)]
struct Remembered {
    state: ProductState,
    instant: Instant,
    time: Timestamp,
}

impl RememberedProducts {
    /// Remembers nothing yet, and each product for less than `max_age`. With zero, each order loads its products.
    #[must_use]
    pub fn new(max_age: Duration) -> Self {
        Self { max_age, products: Mutex::default() }
    }

    /// The products `ids` that are remembered and younger than the maximum age at the time `now`.
    pub(crate) fn recent(&self, ids: &BTreeSet<ProductId>, now: Timestamp) -> Catalog {
        let products = self.products();
        let recent = |id: &ProductId| products.get(id).filter(|product| product.age(now) < self.max_age);
        ids.iter().filter_map(|id| Some((id.clone(), recent(id)?.state.clone()))).collect()
    }

    /// Loads the current state of the products `ids`, and remembers the ones for sale from the time `now` on. Each product
    /// costs one load of its stream.
    ///
    /// # Errors
    /// [`Problem::Throttled`](http_api::Problem::Throttled) or [`Problem::Internal`](http_api::Problem::Internal) if a
    /// stream cannot be read.
    pub(crate) async fn load<S: EventReader>(
        &self,
        store: &S,
        ids: impl IntoIterator<Item = ProductId>,
        now: Timestamp,
    ) -> Result<Catalog, ApiError> {
        let instant = Instant::now();
        let loads = ids.into_iter().map(|id| product(store, id));
        let catalog: Catalog = stream::iter(loads).buffer_unordered(CONCURRENCY).try_collect().await?;
        if !self.max_age.is_zero() {
            for (id, state) in &catalog {
                self.remember(id, Remembered { state: state.clone(), instant, time: now });
            }
        }
        Ok(catalog)
    }

    /// Remembers the product `id`, or forgets the product if it is not for sale. If there are too many products, the one
    /// that was loaded first is forgotten.
    fn remember(&self, id: &ProductId, loaded: Remembered) {
        let mut products = self.products();
        products.remove(id);
        if !matches!(loaded.state, ProductState::Active(_)) {
            return;
        }
        if products.len() >= MAX_REMEMBERED {
            let oldest = products.iter().min_by_key(|(_, product)| product.instant);
            if let Some(oldest) = oldest.map(|(id, _)| id.clone()) {
                products.remove(&oldest);
            }
        }
        products.insert(id.clone(), loaded);
    }

    fn products(&self) -> MutexGuard<'_, HashMap<ProductId, Remembered>> {
        self.products.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Remembered {
    fn age(&self, now: Timestamp) -> Duration {
        let passed = now.micros().saturating_sub(self.time.micros());
        self.instant.elapsed().max(Duration::from_micros(u64::try_from(passed).unwrap_or(0)))
    }
}

async fn product<S: EventReader>(store: &S, id: ProductId) -> Result<(ProductId, ProductState), ApiError> {
    let history = history_of::<Product, _>(store, &id.stream()).await?;
    Ok((id, history.into_state()))
}
