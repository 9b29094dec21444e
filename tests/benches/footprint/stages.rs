//! Orders and products, brought by other functions to where an invocation needs them.

use serde_json::Value;
use uuid::Uuid;

use crate::Error;
use crate::instance::Instance;
use crate::payload::{addressed, fresh, sample};
use crate::reply::{body, check};
use crate::stack::Stack;
use crate::subject::{Subject, subject};

/// Instances of the functions that orders and products go through first.
#[derive(Debug)]
pub(crate) struct Stages {
    creating: Stage,
    confirming: Stage,
    shipping: Stage,
    registering: Stage,
}

#[derive(Debug)]
struct Stage {
    subject: &'static Subject,
    instance: Instance,
}

impl Stage {
    async fn start(stack: &Stack, function: &str) -> Result<Self, Error> {
        let subject = subject(function)?;
        Ok(Self { subject, instance: Instance::start(stack.launch(subject)?).await? })
    }

    async fn pass(&mut self, request: &Value) -> Result<Value, Error> {
        let reply = self.instance.invoke(request.to_string().into_bytes()).await?.reply;
        check(self.subject, &reply)?;
        body(&reply)
    }
}

impl Stages {
    /// Starts them. The first things of all kinds are brought through, so that none is these instances' first.
    pub(crate) async fn start(stack: &Stack) -> Result<Self, Error> {
        let mut stages = Self {
            creating: Stage::start(stack, "create-order").await?,
            confirming: Stage::start(stack, "confirm-order").await?,
            shipping: Stage::start(stack, "ship-order").await?,
            registering: Stage::start(stack, "register-product").await?,
        };
        stages.shipped().await?;
        stages.offered().await?;
        Ok(stages)
    }

    /// A new order.
    pub(crate) async fn pending(&mut self) -> Result<String, Error> {
        let receipt = self.creating.pass(&fresh(sample("create-order", "three-items")?)).await?;
        Ok(receipt["order_id"].as_str().ok_or("a new order has no id")?.to_owned())
    }

    /// A new order that is confirmed.
    pub(crate) async fn confirmed(&mut self) -> Result<String, Error> {
        let order = self.pending().await?;
        self.confirming.pass(&addressed(&fresh(sample("confirm-order", "confirm")?), &order)?).await?;
        Ok(order)
    }

    /// A new order that is shipped.
    pub(crate) async fn shipped(&mut self) -> Result<String, Error> {
        let order = self.confirmed().await?;
        self.shipping.pass(&addressed(&fresh(sample("ship-order", "ship")?), &order)?).await?;
        Ok(order)
    }

    /// A new product.
    pub(crate) async fn offered(&mut self) -> Result<String, Error> {
        let product = Uuid::new_v4().to_string();
        let register = fresh(sample("register-product", "pour-over-kettle")?);
        self.registering.pass(&addressed(&register, &product)?).await?;
        Ok(product)
    }
}
