//! Finds the function of a request by its route in the template.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use aws_sdk_dynamodb::Client;
use std::time::Duration;

use commands::create_order::{PriceSource, RememberedProducts};
use http_api::{GatewayResponse, Request};
use stack_template::Template;
use testing_in_memory::InMemoryEventStore;

/// The function that executes batches.
const BATCH: &str = "submit-batch";

static TEMPLATE: LazyLock<Template> = LazyLock::new(|| {
    let file = stack_template::template_of(&stack_template::project());
    Template::read(&file, &BTreeMap::new(), "http://127.0.0.1:1").unwrap()
});

/// A route of the HTTP API.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Route {
    /// The name of the route's function.
    function: &'static str,
    /// Whether the function is a command.
    pub(crate) is_command: bool,
}

impl Route {
    /// The route of `method` and `path`, with its path parameters. If several routes match, the one with the fewest
    /// parameters wins.
    pub(crate) fn find(method: &str, path: &str) -> Option<(Self, BTreeMap<String, String>)> {
        let parts: Vec<&str> = path.split('/').collect();
        let fitting = TEMPLATE.routes.iter().filter(|route| route.method == method).filter_map(|route| {
            let template: Vec<&str> = route.path.split('/').collect();
            let fits =
                |(wanted, found): (&&str, &&str)| wanted == found || *wanted == "{id}" && !found.is_empty();
            let fits = template.len() == parts.len() && template.iter().zip(&parts).all(fits);
            let id = template.iter().zip(&parts).find(|(wanted, _)| **wanted == "{id}");
            let parameters: BTreeMap<_, _> =
                id.map(|(_, id)| ("id".to_owned(), (*id).to_owned())).into_iter().collect();
            fits.then_some((route, parameters))
        });
        let (route, parameters) = fitting.min_by_key(|(_, parameters)| parameters.len())?;
        let mut functions = TEMPLATE.functions.iter();
        let function = &functions.find(|function| function.name == route.function)?.binary;
        Some((Self { function, is_command: !route.is_safe() }, parameters))
    }

    /// Whether the route's function executes batches.
    pub(crate) fn is_batch(self) -> bool {
        self.function == BATCH
    }

    /// Sends `request` to the route's function. Batches use the prices of the catalog and single commands their own, so
    /// the checks cover both price sources.
    pub(crate) async fn handle(
        self,
        store: &InMemoryEventStore,
        client: Client,
        request: &Request,
    ) -> GatewayResponse {
        if self.is_command {
            let catalog = RememberedProducts::new(Duration::from_secs(30));
            let prices = if self.is_batch() { PriceSource::Catalog(catalog) } else { PriceSource::Command };
            commands::dispatch(self.function, store, &prices, request).await.unwrap()
        } else {
            queries::dispatch(self.function, client, "views", request).await.unwrap()
        }
    }
}
