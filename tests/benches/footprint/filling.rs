//! The table that the queries read, filled by the projections.

use uuid::Uuid;

use crate::Error;
use crate::instance::Instance;
use crate::payload::{PRODUCT, batch_of, batch_of_product, sample};
use crate::reply::check;
use crate::stack::Stack;
use crate::subject::subject;

/// The orders and products of a full page.
pub(crate) const PAGE: usize = 20;

/// What projects the events of an order.
const OF_ORDERS: [&str; 4] =
    ["order-projection", "history-projection", "search-projection", "analytics-projection"];

/// Fills the table with one page of orders and of products, and one more of each: the product of the samples, and the
/// order whose id is the answer. All orders are shipped.
pub(crate) async fn fill(stack: &Stack) -> Result<String, Error> {
    let orders: Vec<_> = (0..=PAGE).map(|_| Uuid::new_v4().to_string()).collect();
    for function in OF_ORDERS {
        let subject = subject(function)?;
        let mut projecting = Instance::start(stack.launch_filling(subject)?).await?;
        for order in &orders {
            let batch = batch_of(sample("order-projection", "full-life")?, order)?;
            check(subject, &projecting.invoke(batch.to_string().into_bytes()).await?.reply)?;
        }
        projecting.stop().await?;
    }
    let subject = subject("product-projection")?;
    let mut projecting = Instance::start(stack.launch_filling(subject)?).await?;
    for product in (0..PAGE).map(|_| Uuid::new_v4().to_string()).chain([PRODUCT.to_owned()]) {
        let batch = batch_of_product(sample("product-projection", "full-life")?, &product)?;
        check(subject, &projecting.invoke(batch.to_string().into_bytes()).await?.reply)?;
    }
    projecting.stop().await?;
    Ok(orders.into_iter().next().ok_or("there is no order")?)
}
