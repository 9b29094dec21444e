//! This project's `create-order` with the prices of the catalog, through its handler.

use std::sync::Arc;
use std::time::Duration;

use commands::create_order::{PriceSource, RememberedProducts};
use commands::dispatch;
use domain::product::Product;
use es_core::Timestamp;
use http_api::{Api, GatewayEvent};
use serde_json::json;
use testing::StoppedClock;
use testing::gateway::{sample, signed_in};
use uuid::Uuid;

use super::own::{Own, carry_out};
use crate::counting::Usage;
use crate::database::Database;
use crate::error::{PeersError, failed};
use crate::shapes::OWN_REMEMBERED;
use crate::shop::{CUSTOMER, Command, PRODUCTS, product_id, registration};

/// How long the contender with remembered prices remembers them. A run of it takes less.
const MAX_AGE: Duration = Duration::from_mins(10);

/// Creates orders at catalog prices as the contender `name`, and returns what the requests consumed.
pub(crate) async fn creations(
    database: &Database,
    name: &'static str,
    orders: u32,
) -> Result<Usage, PeersError> {
    let own = Own::new(database).await;
    for (index, (name, _)) in PRODUCTS.iter().enumerate() {
        let (product, wanted) = (product_id(index)?, registration(index, 1_250)?);
        let id = product.stream().uuid();
        carry_out::<Product>(&own.store, &Command { id, opens: true, wanted, key: (*name).to_owned() })
            .await?;
    }
    let api = commands::api(Arc::new(StoppedClock(Timestamp::MIN)));
    let max_age = if name == OWN_REMEMBERED { MAX_AGE } else { Duration::ZERO };
    let prices = PriceSource::Catalog(RememberedProducts::new(max_age));
    // The first order reads the products that the instance remembers.
    create(&own, &api, &prices, name).await?;
    own.counter.take();
    for _ in 0..orders {
        create(&own, &api, &prices, name).await?;
    }
    Ok(own.counter.take())
}

async fn create(own: &Own, api: &Api, prices: &PriceSource, name: &'static str) -> Result<(), PeersError> {
    let answer = dispatch("create-order", &own.store, prices, &api.request(event()?)).await;
    match answer.map(|answer| answer.status_code) {
        Some(201) => Ok(()),
        status => Err(PeersError::Unexpected { contender: name, problem: format!("{status:?}") }),
    }
}

/// The request for an order with three products, without prices.
fn event() -> Result<GatewayEvent, PeersError> {
    let items = PRODUCTS.map(|(id, _)| json!({"product_id": id, "quantity": 2}));
    let mut event = signed_in(sample("create-order", "three-items"), CUSTOMER, "orders:write");
    event.payload.body = Some(json!({ "items": items }).to_string());
    event.payload.is_base64_encoded = false;
    let key = Uuid::new_v4().to_string().parse().map_err(failed("make a header"))?;
    event.payload.headers.insert("idempotency-key", key);
    Ok(event)
}
