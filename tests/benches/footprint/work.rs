//! The invocations that are measured, and whether they succeeded.

use serde_json::Value;
use uuid::Uuid;

use crate::Error;
use crate::instance::Instance;
use crate::payload::{addressed, batch_of, fresh, sample};
use crate::stack::Stack;
use crate::subject::{BARE, SUBJECTS, Subject};

/// The orders of a full page of the sample that lists.
const PAGE: usize = 20;

/// Makes invocations, with instances of its own that bring the orders into the state that each needs.
#[derive(Debug)]
pub(crate) struct Work {
    creating: Instance,
    confirming: Instance,
    /// An order that has a view.
    viewed: String,
}

impl Work {
    /// Starts its instances and fills the table that the queries read: one page and one order more.
    pub(crate) async fn prepare(stack: &Stack) -> Result<Self, Error> {
        let creating = Instance::start(stack.launch(subject("create-order")?)?).await?;
        let confirming = Instance::start(stack.launch(subject("confirm-order")?)?).await?;
        let projection = subject("order-projection")?;
        let mut projecting = Instance::start(stack.launch_filling(projection)?).await?;
        let mut work = Self { creating, confirming, viewed: Uuid::new_v4().to_string() };
        let others = (0..PAGE).map(|_| Uuid::new_v4().to_string());
        for order in others.chain([work.viewed.clone()]) {
            let batch = batch_of(sample("order-projection", "full-life")?, &order)?;
            check(projection, &projecting.invoke(batch.to_string().into_bytes()).await?.reply)?;
        }
        projecting.stop().await?;
        // The orders that the first invocations of all kinds need are not to be the first of these instances too.
        work.confirmed().await?;
        Ok(work)
    }

    /// `count` invocations of `subject`, each of which succeeds once.
    pub(crate) async fn invocations(
        &mut self,
        subject: &Subject,
        count: usize,
    ) -> Result<Vec<Vec<u8>>, Error> {
        let mut payloads = Vec::with_capacity(count);
        for _ in 0..count {
            payloads.push(self.invocation(subject).await?.to_string().into_bytes());
        }
        Ok(payloads)
    }

    async fn invocation(&mut self, subject: &Subject) -> Result<Value, Error> {
        let function = subject.function;
        match function {
            BARE | "create-order" => Ok(fresh(sample("create-order", "three-items")?)),
            "confirm-order" => addressed(&fresh(sample(function, "confirm")?), &self.pending().await?),
            "ship-order" => addressed(&fresh(sample(function, "ship")?), &self.confirmed().await?),
            "cancel-order" => addressed(&fresh(sample(function, "with-reason")?), &self.pending().await?),
            "get-order" => addressed(&sample(function, "get")?, &self.viewed),
            "list-orders" => sample(function, "by-status"),
            "order-projection" => batch_of(sample(function, "full-life")?, &Uuid::new_v4().to_string()),
            _ => Err(format!("there is no invocation of {function}").into()),
        }
    }

    /// A new order.
    async fn pending(&mut self) -> Result<String, Error> {
        let create = fresh(sample("create-order", "three-items")?);
        let reply = self.creating.invoke(create.to_string().into_bytes()).await?.reply;
        check(subject("create-order")?, &reply)?;
        Ok(body(&reply)?["order_id"].as_str().ok_or("a new order has no id")?.to_owned())
    }

    /// A new order that is confirmed.
    async fn confirmed(&mut self) -> Result<String, Error> {
        let order = self.pending().await?;
        let confirm = addressed(&fresh(sample("confirm-order", "confirm")?), &order)?;
        let reply = self.confirming.invoke(confirm.to_string().into_bytes()).await?.reply;
        check(subject("confirm-order")?, &reply)?;
        Ok(order)
    }
}

fn subject(function: &str) -> Result<&'static Subject, Error> {
    let found = SUBJECTS.iter().find(|subject| subject.function == function);
    Ok(found.ok_or_else(|| format!("{function} is not measured"))?)
}

/// Whether `reply` is that of an invocation that did what it was to do.
pub(crate) fn check(subject: &Subject, reply: &Value) -> Result<(), Error> {
    let replayed = !reply["headers"]["idempotent-replayed"].is_null();
    let right = match subject.function {
        BARE => reply["routeKey"].is_string(),
        "order-projection" => reply["batchItemFailures"].as_array().is_some_and(Vec::is_empty),
        "create-order" => reply["statusCode"] == 201 && !replayed,
        "list-orders" => {
            reply["statusCode"] == 200 && body(reply)?["items"].as_array().map(Vec::len) == Some(PAGE)
        }
        _ => reply["statusCode"] == 200 && !replayed,
    };
    if right { Ok(()) } else { Err(format!("{} answers {reply}", subject.name()).into()) }
}

fn body(reply: &Value) -> Result<Value, Error> {
    Ok(serde_json::from_str(reply["body"].as_str().unwrap_or_default())?)
}
