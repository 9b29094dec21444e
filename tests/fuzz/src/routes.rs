//! Every function behind the HTTP API, by its route.

use std::collections::BTreeMap;

use aws_sdk_dynamodb::Client;
use create_order::PriceSource;
use http_api::{GatewayEvent, GatewayResponse};
use testing_in_memory::InMemoryEventStore;
use views::{DynamoAnalytics, DynamoHistories, DynamoOrderViews, DynamoProductViews};

/// A use case of the HTTP API.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Route {
    Create,
    Batch,
    Confirm,
    Ship,
    Deliver,
    Cancel,
    Register,
    Discontinue,
    GetProduct,
    ListProducts,
    Search,
    History,
    GetOrder,
    ListOrders,
    Analytics,
}

/// As the template has them; of several that fit, the first counts.
const ROUTES: [(&str, &str, Route); 16] = [
    ("POST", "/commands/orders", Route::Create),
    ("POST", "/commands/orders:batch", Route::Batch),
    ("POST", "/commands/orders/{id}/confirm", Route::Confirm),
    ("POST", "/commands/orders/{id}/ship", Route::Ship),
    ("POST", "/commands/orders/{id}/deliver", Route::Deliver),
    ("POST", "/commands/orders/{id}/cancel", Route::Cancel),
    ("PUT", "/commands/products/{id}", Route::Register),
    ("DELETE", "/commands/products/{id}", Route::Discontinue),
    ("GET", "/queries/products", Route::ListProducts),
    ("GET", "/queries/products/{id}", Route::GetProduct),
    ("GET", "/queries/orders", Route::ListOrders),
    ("GET", "/queries/orders/search", Route::Search),
    ("GET", "/queries/orders/{id}", Route::GetOrder),
    ("GET", "/queries/orders/{id}/events", Route::History),
    ("GET", "/queries/analytics/daily", Route::Analytics),
    ("GET", "/queries/analytics/products", Route::Analytics),
];

impl Route {
    /// The route of `method` and `path`, with the parameters in the path.
    pub(crate) fn find(method: &str, path: &str) -> Option<(Self, BTreeMap<String, String>)> {
        let parts: Vec<&str> = path.split('/').collect();
        ROUTES.iter().filter(|(known, ..)| *known == method).find_map(|(_, template, route)| {
            let template: Vec<&str> = template.split('/').collect();
            let fits =
                |(wanted, found): (&&str, &&str)| wanted == found || *wanted == "{id}" && !found.is_empty();
            let fits = template.len() == parts.len() && template.iter().zip(&parts).all(fits);
            let id = template.iter().zip(&parts).find(|(wanted, _)| **wanted == "{id}");
            let parameters = id.map(|(_, id)| ("id".to_owned(), (*id).to_owned()));
            fits.then(|| (*route, parameters.into_iter().collect()))
        })
    }

    /// Whether it changes anything.
    pub(crate) const fn is_command(self) -> bool {
        use Route::{Batch, Cancel, Confirm, Create, Deliver, Discontinue, Register, Ship};
        matches!(self, Create | Batch | Confirm | Ship | Deliver | Cancel | Register | Discontinue)
    }

    /// Has its function answer `event`.
    pub(crate) async fn handle(
        self,
        store: &InMemoryEventStore,
        client: Client,
        event: GatewayEvent,
    ) -> GatewayResponse {
        let table = "views";
        match self {
            Self::Create => create_order::handle(store, PriceSource::Command, event).await,
            Self::Batch => submit_batch::handle(store, PriceSource::Catalog, event).await,
            Self::Confirm => confirm_order::handle(store, event).await,
            Self::Ship => ship_order::handle(store, event).await,
            Self::Deliver => deliver_order::handle(store, event).await,
            Self::Cancel => cancel_order::handle(store, event).await,
            Self::Register => register_product::handle(store, event).await,
            Self::Discontinue => discontinue_product::handle(store, event).await,
            Self::GetProduct => get_product::handle(&DynamoProductViews::new(client, table), event).await,
            Self::ListProducts => list_products::handle(&DynamoProductViews::new(client, table), event).await,
            Self::Search => search_orders::handle(&DynamoOrderViews::new(client, table), event).await,
            Self::History => get_order_history::handle(&DynamoHistories::new(client, table), event).await,
            Self::GetOrder => get_order::handle(&DynamoOrderViews::new(client, table), event).await,
            Self::ListOrders => list_orders::handle(&DynamoOrderViews::new(client, table), event).await,
            Self::Analytics => get_analytics::handle(&DynamoAnalytics::new(client, table), event).await,
        }
    }
}
