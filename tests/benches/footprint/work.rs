//! The invocations that are measured.

use serde_json::Value;
use uuid::Uuid;

use crate::Error;
use crate::filling::fill;
use crate::payload::{addressed, asked_by, asking, batch_of, batch_of_product, fresh, of_orders, sample};
use crate::stack::Stack;
use crate::stages::Stages;
use crate::subject::{BARE, EXTENDED, Subject, UNTRACED};

/// The days up to that of the orders in the table.
const DAYS: &str = "from=2026-10-24&to=2026-10-26";

/// Whose the orders are that the sample of create-order makes, and those in the table.
const CUSTOMER: &str = "user-0042";
const VIEWED_BY: &str = "user-ada";

/// Makes invocations.
#[derive(Debug)]
pub(crate) struct Work {
    stages: Stages,
    /// An order that has a view.
    viewed: String,
}

impl Work {
    /// Fills the table that the queries read and starts what brings orders and products to where they are needed.
    pub(crate) async fn prepare(stack: &Stack) -> Result<Self, Error> {
        let viewed = fill(stack).await?;
        Ok(Self { stages: Stages::start(stack).await?, viewed })
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
        let one_more = Uuid::new_v4().to_string();
        match function {
            BARE | EXTENDED | UNTRACED | "create-order" => Ok(fresh(sample("create-order", "three-items")?)),
            "confirm-order" => addressed(&fresh(sample(function, "confirm")?), &self.stages.pending().await?),
            "ship-order" => addressed(&fresh(sample(function, "ship")?), &self.stages.confirmed().await?),
            "deliver-order" => addressed(&fresh(sample(function, "deliver")?), &self.stages.shipped().await?),
            "cancel-order" => {
                let cancel =
                    addressed(&fresh(sample(function, "with-reason")?), &self.stages.pending().await?)?;
                Ok(asked_by(cancel, CUSTOMER))
            }
            "submit-batch" => {
                let orders = [self.stages.pending().await?, self.stages.pending().await?];
                of_orders(fresh(sample(function, "mixed")?), orders)
            }
            "register-product" => addressed(&fresh(sample(function, "pour-over-kettle")?), &one_more),
            "discontinue-product" => {
                addressed(&fresh(sample(function, "discontinue")?), &self.stages.offered().await?)
            }
            "get-order" => Ok(asked_by(addressed(&sample(function, "get")?, &self.viewed)?, VIEWED_BY)),
            "get-order-history" => addressed(&sample(function, "first-page")?, &self.viewed),
            "get-product" => sample(function, "get"),
            "list-orders" => sample(function, "by-status"),
            "list-products" => sample(function, "first-page"),
            "search-orders" => sample(function, "status-and-word"),
            "get-analytics" => Ok(asking(sample(function, "daily")?, DAYS)),
            "product-projection" => batch_of_product(sample(function, "full-life")?, &one_more),
            _ if function.ends_with("-projection") => batch_of(sample(function, "full-life")?, &one_more),
            _ => Err(format!("there is no invocation of {function}").into()),
        }
    }
}
