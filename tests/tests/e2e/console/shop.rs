//! A stack for one test, with a customer and an operator.

use std::path::Path;

use e2e::{ApiClient, post, put};
use localstack::{RunningStack, Stack, StackOptions};
use reqwest::Client;
use serde_json::{Value, json};

/// A product name that would run scripts if the page treated it as markup.
pub(crate) const MARKUP: &str = "<script>window.owned = 1</script><img src=x onerror='window.owned = 1'>";

/// The beginning of a template's resources, with a rule.
const RULE: &str = "
Resources:
  ConsoleRule:
    Type: AWS::Events::Rule
    Properties:
      Name: console
      EventPattern: {source: [console]}
      Targets: [{Id: queue, Arn: !GetAtt DeadLetterQueue.Arn}]
";

/// The products of a full shop: id, name and price.
const PRODUCTS: [(&str, &str, u32); 4] = [
    ("kettle", "Pour-over kettle", 5990),
    ("grinder", "Hand grinder", 8900),
    ("filters", "Paper filters", 650),
    ("scale", "Coffee scale", 4250),
];

/// The stack and its callers.
pub(crate) struct Shop {
    pub(crate) stack: RunningStack,
    customer: ApiClient,
    operator: ApiClient,
}

impl Shop {
    pub(crate) async fn open() -> Self {
        Self::with(StackOptions::default()).await
    }

    /// A shop whose template also has a rule, which sends the events of the source `console` to a queue.
    pub(crate) async fn with_rule() -> Self {
        let options = StackOptions::default();
        let template = std::fs::read_to_string(options.template()).expect("a template");
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("console-rule.yaml");
        std::fs::write(&path, template.replace("\nResources:\n", RULE)).expect("written");
        Self::with(StackOptions { template: Some(path), ..options }).await
    }

    async fn with(options: StackOptions) -> Self {
        let stack = Stack::start(options).await.expect("a stack");
        let caller = |subject, scope| {
            let token = stack.token(subject, scope).expect("a token");
            ApiClient::new(stack.base_url()).expect("a client").with(token)
        };
        let customer = caller("user-1", "orders:read orders:write");
        let operator = caller("operator", "orders:admin");
        Self { stack, customer, operator }
    }

    /// Registers a product.
    pub(crate) async fn offer(&self, id: &str, name: &str, cents: u32) {
        let offer = json!({"name": name, "unit_price_cents": cents, "currency": "EUR"});
        let path = format!("/commands/products/{id}");
        let reply = self.operator.send(put(path).json(&offer)).await.expect("an answer");
        assert_eq!(reply.status, 201, "{}", reply.body);
    }

    /// Orders two of each product and returns the order's id.
    pub(crate) async fn order(&self, products: &[&str]) -> String {
        let items: Vec<Value> =
            products.iter().map(|product| json!({"product_id": product, "quantity": 2})).collect();
        let order = json!({"currency": "EUR", "items": items});
        let reply = self.customer.send(post("/commands/orders").json(&order)).await.expect("an answer");
        assert_eq!(reply.status, 201, "{}", reply.body);
        reply.body["order_id"].as_str().expect("an id").to_owned()
    }

    /// Confirms an order as the operator.
    pub(crate) async fn confirm(&self, order: &str) {
        let confirm = post(format!("/commands/orders/{order}/confirm"));
        let reply = self.operator.send(confirm).await.expect("an answer");
        assert_eq!(reply.status, 200, "{}", reply.body);
    }

    /// Registers all products, and orders some of them. Returns the id of the last order, which is not confirmed.
    pub(crate) async fn fill(&self) -> String {
        for (id, name, cents) in PRODUCTS {
            self.offer(id, name, cents).await;
        }
        for products in [&["filters"][..], &["scale", "grinder"], &["kettle"]] {
            let order = self.order(products).await;
            self.confirm(&order).await;
        }
        self.order(&["kettle", "filters"]).await
    }

    /// Publishes an event on the default bus.
    pub(crate) async fn publish(&self, source: &str, detail_type: &str, subject: &str) {
        let detail = json!({"subject": subject}).to_string();
        let entry = json!({"Source": source, "DetailType": detail_type, "Detail": detail});
        let put = self.aws("AWSEvents.PutEvents", &json!({"Entries": [entry]})).await;
        assert_eq!(put["FailedEntryCount"], 0, "{put}");
    }

    /// Calls the AWS endpoint as a developer.
    pub(crate) async fn aws(&self, target: &str, body: &Value) -> Value {
        let call = Client::new().post(self.stack.aws_endpoint()).header("x-amz-target", target);
        let call = call.header("content-type", "application/x-amz-json-1.1").body(body.to_string());
        let answer = call.send().await.expect("an answer");
        let text = answer.text().await.expect("a text");
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("{target}: {error}: {text}"))
    }
}
