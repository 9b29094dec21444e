//! The query functions. Each has one handler and one binary. [`run`] connects a handler to Lambda; [`table`] lists all
//! handlers.

pub mod get_analytics;
pub mod get_order;
pub mod get_order_history;
pub mod get_product;
pub mod health;
pub mod list_orders;
pub mod list_products;
pub mod live;
pub mod search_orders;
mod staff;

use std::sync::Arc;
use std::time::Duration;

use aws_sdk_dynamodb::Client;
use es_core::TimeAndKeys;
use http_api::{Answering, Api, ApiError, GatewayResponse, Request, ScopeNames, Waits};
use lambda::{Error, SystemClock, variable};
use view_store::{Generation, ListError, QueryTables};
use views::{DynamoAnalytics, DynamoHistories, DynamoOrderViews, DynamoProductViews};

/// Runs a function until Lambda stops its sandbox. `open` opens the views in one generation of the query table, and
/// `handle` answers each request from the views of the live generation; see [`live::answer`].
///
/// # Errors
/// [`Error`] if an environment variable is missing or wrong, or if Lambda's Runtime API fails.
pub fn run<V>(
    open: impl Fn(Client, String) -> V,
    handle: impl AsyncFn(&V, &Request) -> GatewayResponse,
) -> Result<(), Error> {
    lambda::run(shop_contract::NAMESPACE, async move |telemetry| {
        let client = aws_client::dynamodb(&aws_client::config()?);
        let tables = &QueryTables::from_environment(client.clone(), Arc::new(SystemClock), "query")?;
        let open = |generation| open(client.clone(), tables.names.table(generation).to_owned());
        let (blue, green) = (&open(Generation::Blue), &open(Generation::Green));
        let scope_names = ScopeNames::from_variables(shop_contract::SCOPES)?;
        let api = Api { scope_names, waits: waits()?, ..api(Arc::new(SystemClock)) };
        let answer = async |event| {
            let request = &api.request(event);
            let from_live = async |live| match live {
                Generation::Blue => handle(blue, request).await,
                Generation::Green => handle(green, request).await,
            };
            Ok(live::answer(&tables.known, request, from_live).await)
        };
        telemetry.run(answer).await
    })
}

/// Runs a function that reads no view until Lambda stops its sandbox.
///
/// # Errors
/// [`Error`] if Lambda's Runtime API fails.
pub fn run_without_views(handle: impl AsyncFn(&Request) -> GatewayResponse) -> Result<(), Error> {
    lambda::run(shop_contract::NAMESPACE, async move |telemetry| {
        let api = api(Arc::new(SystemClock));
        telemetry.run(async |event| Ok(handle(&api.request(event)).await)).await
    })
}

/// The waits that the environment variable `LONGEST_WAIT` allows. A function without the variable does not wait, because
/// the template limits the waiting requests only for functions with the variable.
fn waits() -> Result<Waits, Error> {
    match variable("LONGEST_WAIT") {
        Ok(seconds) => Ok(seconds.parse()?),
        Err(_) => Ok(Waits::up_to(Duration::ZERO)),
    }
}

/// The shop's API, with the contract's names of scopes. Its requests take the time from `source`, and may wait as long as
/// the kit allows.
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

/// The handler of a query function. Its arguments are a client for the query table, the table's name and the request.
pub type Handler = for<'a> fn(Client, &'a str, &'a Request) -> Answering<'a>;

/// Every query function with its name in the template. The binaries do not use this table: a binary that names its
/// handler directly does not contain the code of the other handlers.
#[must_use]
pub fn table() -> [(&'static str, Handler); 8] {
    /// Combines the handler of the module `$use_case` with the views `$views`.
    macro_rules! over {
        ($views:ident, $use_case:ident) => {
            |client, table, request| {
                let views = $views::new(client, table);
                Box::pin(async move { $use_case::handle(&views, request).await })
            }
        };
    }
    [
        ("get-analytics", over!(DynamoAnalytics, get_analytics)),
        ("get-order", over!(DynamoOrderViews, get_order)),
        ("get-order-history", over!(DynamoHistories, get_order_history)),
        ("get-product", over!(DynamoProductViews, get_product)),
        ("health", |_, _, request| Box::pin(health::handle(request))),
        ("list-orders", over!(DynamoOrderViews, list_orders)),
        ("list-products", over!(DynamoProductViews, list_products)),
        ("search-orders", over!(DynamoOrderViews, search_orders)),
    ]
}

/// Answers `request` with the handler of the function `name`, from the views in `table`. `None` if no query function
/// has that name.
pub async fn dispatch(name: &str, client: Client, table: &str, request: &Request) -> Option<GatewayResponse> {
    let (_, handle) = self::table().into_iter().find(|(known, _)| *known == name)?;
    Some(handle(client, table, request).await)
}

/// Converts the error of a list into the error that the client sees.
fn list_failure(error: ListError) -> ApiError {
    match error {
        ListError::Cursor(error) => ApiError::malformed("cursor", "cursor-malformed", error.to_string()),
        ListError::Read(error) => ApiError::from_store_error(error),
    }
}
