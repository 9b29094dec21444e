//! A stack for one test, with a customer and an operator.

use e2e::{ApiCall, ApiClient, ApiResponse, post, put};
use localstack::{RunningStack, Stack, StackOptions};
use serde_json::json;

/// A product name that would run scripts if the page treated it as markup.
pub(crate) const NAME: &str = "<script>window.owned = 1</script><img src=x onerror='window.owned = 1'>";

/// The stack and its callers.
pub(crate) struct Shop {
    pub(crate) stack: RunningStack,
    customer: ApiClient,
    operator: ApiClient,
}

impl Shop {
    pub(crate) async fn open() -> Self {
        let stack = Stack::start(StackOptions::default()).await.expect("a stack");
        let caller = |subject, scope| {
            let token = stack.token(subject, scope).expect("a token");
            ApiClient::new(stack.base_url()).expect("a client").with(token)
        };
        let customer = caller("user-1", "orders:read orders:write");
        let operator = caller("operator", "orders:admin");
        Self { stack, customer, operator }
    }

    /// Registers the kettle.
    pub(crate) async fn offer(&self) {
        let offer = json!({"name": NAME, "unit_price_cents": 5990, "currency": "EUR"});
        let reply =
            self.operator.send(put("/commands/products/kettle").json(&offer)).await.expect("an answer");
        assert_eq!(reply.status, 201, "{}", reply.body);
    }

    /// Orders two kettles and returns the order's id.
    pub(crate) async fn order(&self) -> String {
        let items = json!([{"product_id": "kettle", "quantity": 2}]);
        let order = json!({"currency": "EUR", "items": items});
        let reply = self.send(post("/commands/orders").json(&order)).await;
        assert_eq!(reply.status, 201, "{}", reply.body);
        reply.body["order_id"].as_str().expect("an id").to_owned()
    }

    /// Confirms an order.
    pub(crate) async fn confirm(&self, order: &str) {
        let reply = self.send(post(format!("/commands/orders/{order}/confirm"))).await;
        assert_eq!(reply.status, 200, "{}", reply.body);
    }

    async fn send(&self, call: ApiCall) -> ApiResponse {
        self.customer.send(call).await.expect("an answer")
    }
}
