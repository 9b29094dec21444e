//! Creates the measured invocations from the samples. Commands get a new order or product, which other functions bring
//! into the necessary state. Queries read a table that the projections have filled.

use std::collections::BTreeMap;

use serde_json::Value;
use uuid::Uuid;

use crate::Error;
use crate::instance::{Instance, body};
use crate::payload::{
    PRODUCT, sample, with_caller, with_id, with_new_key, with_order, with_orders, with_product, with_query,
};
use crate::stack::Stack;
use crate::subject::{BARE, EXTENDED, PAGE, Subject, UNTRACED, subject};

/// The three days up to the day of the orders in the table.
const DAYS: &str = "from=2026-10-24&to=2026-10-26";

/// The customer of the orders that the sample of `create-order` creates.
const CUSTOMER: &str = "user-0042";
/// The customer of the orders in the table.
const VIEWED_BY: &str = "user-ada";

/// The functions that prepare orders and products for other functions.
const STAGES: [&str; 4] = ["create-order", "confirm-order", "ship-order", "register-product"];

/// The projections of order events.
const OF_ORDERS: [&str; 4] =
    ["order-projection", "history-projection", "search-projection", "analytics-projection"];

/// Creates invocations.
#[derive(Debug)]
pub(crate) struct Work {
    /// One instance of each function in [`STAGES`].
    stages: BTreeMap<&'static str, Instance>,
    /// The id of an order in the table.
    viewed: String,
}

impl Work {
    /// Fills the table that the queries read and starts an instance of each function in [`STAGES`]. Each instance gets
    /// one invocation, because the first invocation of an instance is slower than the later ones.
    pub(crate) async fn prepare(stack: &Stack) -> Result<Self, Error> {
        let mut work = Self { viewed: fill(stack).await?, stages: BTreeMap::new() };
        for function in STAGES {
            let subject = subject(function)?;
            work.stages.insert(function, Instance::start(subject, stack.launch(subject)?).await?);
        }
        work.order(2).await?;
        work.product().await?;
        Ok(work)
    }

    /// Creates the events of `count` invocations of `subject`. Each event may be delivered once.
    pub(crate) async fn invocations(
        &mut self,
        subject: &Subject,
        count: usize,
    ) -> Result<Vec<Vec<u8>>, Error> {
        let mut payloads = Vec::with_capacity(count);
        for _ in 0..count {
            payloads.push(self.invocation(subject).await?);
        }
        Ok(payloads)
    }

    /// Creates the event of an invocation of `subject`. The event may be delivered once, because the function would not
    /// execute a repeated command.
    pub(crate) async fn invocation(&mut self, subject: &Subject) -> Result<Vec<u8>, Error> {
        Ok(self.event(subject.function).await?.to_string().into_bytes())
    }

    async fn event(&mut self, function: &str) -> Result<Value, Error> {
        let one_more = Uuid::new_v4().to_string();
        match function {
            BARE | EXTENDED | UNTRACED | "create-order" => {
                Ok(with_new_key(sample("create-order", "three-items")?))
            }
            "confirm-order" => command(function, "confirm", &self.order(0).await?),
            "ship-order" => command(function, "ship", &self.order(1).await?),
            "deliver-order" => command(function, "deliver", &self.order(2).await?),
            "cancel-order" => {
                Ok(with_caller(command(function, "with-reason", &self.order(0).await?)?, CUSTOMER))
            }
            "submit-batch" => {
                let orders = [self.order(0).await?, self.order(0).await?];
                with_orders(with_new_key(sample(function, "mixed")?), orders)
            }
            "register-product" => command(function, "pour-over-kettle", &one_more),
            "discontinue-product" => command(function, "discontinue", &self.product().await?),
            "get-order" => Ok(with_caller(with_id(&sample(function, "get")?, &self.viewed)?, VIEWED_BY)),
            "get-order-history" => {
                Ok(with_caller(with_id(&sample(function, "first-page")?, &self.viewed)?, VIEWED_BY))
            }
            "get-product" => sample(function, "get"),
            "list-orders" => sample(function, "by-status"),
            "list-products" => sample(function, "first-page"),
            "search-orders" => sample(function, "status-and-word"),
            "get-analytics" => Ok(with_query(sample(function, "daily")?, DAYS)),
            "product-projection" => with_product(sample(function, "full-life")?, &one_more),
            _ if function.ends_with("-projection") => with_order(sample(function, "full-life")?, &one_more),
            _ => Err(format!("there is no invocation of {function}").into()),
        }
    }

    /// Creates an order and returns its id. It is pending after 0 steps, confirmed after 1, and shipped after 2.
    async fn order(&mut self, steps: usize) -> Result<String, Error> {
        let receipt =
            self.send("create-order", &with_new_key(sample("create-order", "three-items")?)).await?;
        let order = receipt["order_id"].as_str().ok_or("a new order has no id")?.to_owned();
        for (function, name) in [("confirm-order", "confirm"), ("ship-order", "ship")].into_iter().take(steps)
        {
            self.send(function, &command(function, name, &order)?).await?;
        }
        Ok(order)
    }

    /// Registers a product and returns its id.
    async fn product(&mut self) -> Result<String, Error> {
        let product = Uuid::new_v4().to_string();
        self.send("register-product", &command("register-product", "pour-over-kettle", &product)?).await?;
        Ok(product)
    }

    /// Sends `request` to the instance of `function` in [`STAGES`], and returns the body of the response.
    async fn send(&mut self, function: &str, request: &Value) -> Result<Value, Error> {
        let stage = self.stages.get_mut(function).ok_or_else(|| format!("{function} is not in STAGES"))?;
        body(&stage.invoke(request.to_string().into_bytes()).await?.reply)
    }
}

/// The sample `name` of `function` with a new idempotency key, for the order or product `id`.
fn command(function: &str, name: &str, id: &str) -> Result<Value, Error> {
    with_id(&with_new_key(sample(function, name)?), id)
}

/// Fills the table with one order and one product more than a page has, and returns the id of the first order. All
/// orders are shipped. One product is the product of the samples.
async fn fill(stack: &Stack) -> Result<String, Error> {
    let orders: Vec<_> = (0..=PAGE).map(|_| Uuid::new_v4().to_string()).collect();
    let life = sample("order-projection", "full-life")?;
    let batches =
        orders.iter().map(|order| with_order(life.clone(), order)).collect::<Result<Vec<_>, _>>()?;
    for function in OF_ORDERS {
        project(stack, function, &batches).await?;
    }
    let products = (0..PAGE).map(|_| Uuid::new_v4().to_string()).chain([PRODUCT.to_owned()]);
    let life = sample("product-projection", "full-life")?;
    let batches = products.map(|product| with_product(life.clone(), &product));
    project(stack, "product-projection", &batches.collect::<Result<Vec<_>, _>>()?).await?;
    Ok(orders.into_iter().next().ok_or("there is no order")?)
}

/// Projects `batches` into the table that the queries read, with an instance of `function`.
async fn project(stack: &Stack, function: &str, batches: &[Value]) -> Result<(), Error> {
    let subject = subject(function)?;
    let mut projecting = Instance::start(subject, stack.launch_filling(subject)?).await?;
    for batch in batches {
        projecting.invoke(batch.to_string().into_bytes()).await?;
    }
    projecting.stop().await
}
