//! The steps of the demo: orders of three customers from their creation to their end, and requests that must be
//! refused.

use std::io::Write;
use std::path::Path;
use std::time::Instant;

use serde_json::{Value, json};
use uuid::Uuid;

use super::difference::DemoError;
use super::order::Order;
use super::samples::{self, CLERK, OPERATOR};
use super::session::{DemoRequest, Session, milliseconds};
use crate::cli::shop::CUSTOMER;

/// The scope of the staff that fulfils orders.
const FULFILMENT: &str = "orders:fulfil";

/// Runs all steps and returns the id of an order that was delivered. `events` is the folder of the sample events.
///
/// # Errors
/// [`DemoError`] at the first unexpected response.
pub(super) async fn run<W: Write>(session: &mut Session<'_, W>, events: &Path) -> Result<String, DemoError> {
    let begun = Instant::now();
    samples::register(session, events).await?;
    let delivered = deliver_order(session, events).await?;
    let cancelled = cancel_order(session, events).await?;
    let confirmed_then_cancelled = cancel_confirmed_order(session, events).await?;
    check_another_customer(session, &delivered).await?;
    session.show("\nList the orders, newest first")?;
    session.sign_in(OPERATOR, "orders:admin")?;
    delivered.check_first(session, "status=delivered").await?;
    cancelled.check_first(session, &format!("user_id={}&limit=1", percent_encoded("利用者-0815"))).await?;
    confirmed_then_cancelled.check_first(session, "user_id=user-0007&status=cancelled").await?;
    confirmed_then_cancelled.check_first(session, "status=cancelled&limit=5").await?;
    session.show(&format!("\nEvery response is as expected ({}).", milliseconds(begun.elapsed())))?;
    Ok(delivered.id)
}

async fn deliver_order<W: Write>(session: &mut Session<'_, W>, events: &Path) -> Result<Order, DemoError> {
    session.show("\nConfirm, ship and deliver an order")?;
    let body = sample(events, "create-order", "three-items")?;
    let parcel = sample(events, "ship-order", "ship")?;
    let key = format!("demo-{}", Uuid::new_v4());
    sign_in(session, &body)?;
    let mut order = Order::create(session, &body, &key).await?;
    order.check_view(session).await?;
    repeat_creation(session, &body, &key, &order).await?;
    session.show("The shop confirms and ships the order")?;
    session.sign_in(CLERK, FULFILMENT)?;
    order.change(session, "confirm", None, "confirmed", &[]).await?;
    order.check_view(session).await?;
    let members = ["tracking_number", "carrier"].map(|member| (member, &parcel[member]));
    order.change(session, "ship", Some(&parcel), "shipped", &members).await?;
    order.check_view(session).await?;
    order.check_unchanged(session).await?;
    session.show("A shipped order cannot be cancelled")?;
    sign_in(session, &body)?;
    let refused = session.send(order.command("cancel", None), 409).await?;
    refused.has_header("content-type", "application/problem+json")?;
    let problem = refused.body["type"].as_str().unwrap_or_default();
    if !problem.ends_with("order-already-shipped") {
        refused.differs("type", &"…order-already-shipped", &problem)?;
    }
    session.show("A customer cannot deliver an order, but the shop can")?;
    session.send(order.command("deliver", None), 403).await?.has("message", &json!("Forbidden"))?;
    session.sign_in(CLERK, FULFILMENT)?;
    order.change(session, "deliver", None, "delivered", &[]).await?;
    order.check_view(session).await?;
    Ok(order)
}

async fn repeat_creation<W: Write>(
    session: &mut Session<'_, W>,
    body: &Value,
    key: &str,
    order: &Order,
) -> Result<(), DemoError> {
    session.show("The same request with the same key creates no second order")?;
    let again = session.send(Order::creation(body, key), 201).await?;
    again.has_header("idempotent-replayed", "true")?;
    again.has("order_id", &json!(order.id))
}

/// Checks that only the order's customer and the shop can read or change the order.
async fn check_another_customer<W: Write>(
    session: &mut Session<'_, W>,
    order: &Order,
) -> Result<(), DemoError> {
    session.show("\nAnother customer cannot read or change the order")?;
    let view = || DemoRequest::get(format!("/queries/orders/{}", order.id));
    session.sign_in("user-9999", CUSTOMER)?;
    session.send(view(), 404).await?;
    session.send(order.command("cancel", None), 403).await?;
    session.show("  without a token")?;
    session.sign_out();
    session.send(view(), 401).await?.has("message", &json!("Unauthorized"))
}

async fn cancel_order<W: Write>(session: &mut Session<'_, W>, events: &Path) -> Result<Order, DemoError> {
    session.show("\nCancel an order at once")?;
    let body = sample(events, "create-order", "japanese-yen")?;
    let reason = sample(events, "cancel-order", "with-reason")?;
    sign_in(session, &body)?;
    let mut order = Order::create(session, &body, &format!("demo-{}", Uuid::new_v4())).await?;
    let members = [("cancel_reason", &reason["reason"])];
    order.change(session, "cancel", Some(&reason), "cancelled", &members).await?;
    order.check_view(session).await?;
    Ok(order)
}

async fn cancel_confirmed_order<W: Write>(
    session: &mut Session<'_, W>,
    events: &Path,
) -> Result<Order, DemoError> {
    session.show("\nConfirm an order, then cancel it")?;
    let body = sample(events, "create-order", "base64-body")?;
    let reason = samples::body(events, "cancel-order", "without-body")?;
    sign_in(session, &body)?;
    let mut order = Order::create(session, &body, &format!("demo-{}", Uuid::new_v4())).await?;
    session.sign_in(CLERK, FULFILMENT)?;
    order.change(session, "confirm", None, "confirmed", &[]).await?;
    sign_in(session, &body)?;
    order.change(session, "cancel", reason.as_ref(), "cancelled", &[]).await?;
    order.check_view(session).await?;
    Ok(order)
}

/// Signs in the customer of `order`, the body of a creation.
fn sign_in<W: Write>(session: &mut Session<'_, W>, order: &Value) -> Result<(), DemoError> {
    session.sign_in(order["user_id"].as_str().unwrap_or_default(), CUSTOMER)
}

fn sample(events: &Path, function: &str, name: &str) -> Result<Value, DemoError> {
    let path = events.join(function).join(format!("{name}.json"));
    samples::body(events, function, name)?
        .ok_or_else(|| DemoError::Sample { path, problem: "has no body".to_owned() })
}

fn percent_encoded(text: &str) -> String {
    percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string()
}
