//! The command functions. Each has one handler and one binary. [`run`] connects a handler to Lambda; [`table`] lists
//! all handlers.

pub mod cancel_order;
pub mod confirm_order;
pub mod create_order;
pub mod deliver_order;
pub mod discontinue_product;
mod order;
pub mod register_product;
pub mod ship_order;
pub mod submit_batch;

use std::sync::Arc;

use create_order::PriceSource;
use es_core::{EventAppender, EventReader, TimeAndKeys};
use event_store::DynamoEventStore;
use http_api::{Answering, Api, GatewayResponse, Request, ScopeNames, Waits};
use lambda::{Error, SystemClock, variable};

/// Runs a function until Lambda stops its sandbox. `handle` answers each request and uses the event table that the
/// environment variable `EVENT_TABLE` names.
///
/// # Errors
/// [`Error`] if an environment variable is missing or wrong, or if Lambda's Runtime API fails.
pub fn run(handle: impl AsyncFn(&DynamoEventStore, &Request) -> GatewayResponse) -> Result<(), Error> {
    lambda::run(shop_contract::NAMESPACE, async move |telemetry| {
        let client = aws_client::dynamodb(&aws_client::config()?);
        let store = DynamoEventStore::new(client, variable("EVENT_TABLE")?);
        let scope_names = ScopeNames::from_variables(shop_contract::SCOPES)?;
        let api = Api { scope_names, ..api(Arc::new(SystemClock)) };
        telemetry.run(async |event| Ok(handle(&store, &api.request(event)).await)).await
    })
}

/// Runs a function as [`run`] does, and passes the price source of the environment to `handle`.
///
/// # Errors
/// [`Error`] if an environment variable is missing or wrong, or if Lambda's Runtime API fails.
pub fn run_priced(
    handle: impl AsyncFn(&DynamoEventStore, &PriceSource, &Request) -> GatewayResponse,
) -> Result<(), Error> {
    let prices = PriceSource::from_environment()?;
    run(async move |store, request| handle(store, &prices, request).await)
}

/// The shop's API, with the contract's names of scopes. Its requests take the time and generated idempotency keys from `source`.
#[must_use]
pub fn api(source: Arc<dyn TimeAndKeys>) -> Api {
    Api {
        admin_scope: shop_contract::ADMIN_SCOPE,
        reader_scopes: &[shop_contract::FULFIL_SCOPE],
        scope_names: ScopeNames::default(),
        problem_types: shop_contract::PROBLEM_TYPES,
        source,
        waits: Waits::default(),
    }
}

/// The handler of a command function. Its arguments are the event store, the price source and the request.
pub type Handler<S> = for<'a> fn(&'a S, &'a PriceSource, &'a Request) -> Answering<'a>;

/// Every command function with its name in the template. The binaries do not use this table: a binary that names its
/// handler directly does not contain the code of the other handlers.
#[must_use]
pub fn table<S: EventReader + EventAppender>() -> [(&'static str, Handler<S>); 8] {
    [
        ("cancel-order", |store, _, request| Box::pin(cancel_order::handle(store, request))),
        ("confirm-order", |store, _, request| Box::pin(confirm_order::handle(store, request))),
        ("create-order", |store, prices, request| Box::pin(create_order::handle(store, prices, request))),
        ("deliver-order", |store, _, request| Box::pin(deliver_order::handle(store, request))),
        ("discontinue-product", |store, _, request| Box::pin(discontinue_product::handle(store, request))),
        ("register-product", |store, _, request| Box::pin(register_product::handle(store, request))),
        ("ship-order", |store, _, request| Box::pin(ship_order::handle(store, request))),
        ("submit-batch", |store, prices, request| Box::pin(submit_batch::handle(store, prices, request))),
    ]
}

/// Answers `request` with the handler of the function `name`; `None` if no command function has that name.
pub async fn dispatch<S: EventReader + EventAppender>(
    name: &str,
    store: &S,
    prices: &PriceSource,
    request: &Request,
) -> Option<GatewayResponse> {
    let (_, handle) = table().into_iter().find(|(known, _)| *known == name)?;
    Some(handle(store, prices, request).await)
}
