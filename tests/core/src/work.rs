//! The counted commands: the lives of orders, from their creation to their delivery.

use std::error::Error;

use domain::order::{
    ItemDraft, OrderCommand, OrderDraft, OrderId, OrderRequest, OwnedOrder, ShipmentDraft, UserId,
};
use es_core::{Execution, Expectation, IdempotencyKey, Metadata, RequestHash, Timestamp, execute};
use uuid::Uuid;

use crate::store::TextStore;

/// The commands on each order.
pub(crate) const COMMANDS: [&str; 4] = ["create", "confirm", "ship", "deliver"];

const CUSTOMER: &str = "user-0042";

/// Carries out the first `commands` commands on each of `orders` orders.
pub(crate) fn carry_out(orders: u64, commands: usize) -> Result<(), Box<dyn Error>> {
    let runtime = tokio::runtime::Builder::new_current_thread().build()?;
    runtime.block_on(async {
        let store = TextStore::default();
        for order in 0..orders {
            carry_out_on(&store, order, commands).await?;
        }
        Ok(())
    })
}

async fn carry_out_on(store: &TextStore, order: u64, commands: usize) -> Result<(), Box<dyn Error>> {
    let stream = OrderId::derived(CUSTOMER, &metadata(order, 0)?.key).stream();
    for (name, number) in COMMANDS.into_iter().zip(0..).take(commands) {
        let (command, expectation) = match name {
            "create" => (creation()?, Expectation::New),
            "confirm" => (confirmation(), Expectation::Any),
            "ship" => (shipment()?, Expectation::Any),
            _ => (OrderCommand::Deliver, Expectation::Any),
        };
        let (stream, metadata) = (stream.clone(), metadata(order, number)?);
        let command = command.sent_by(CUSTOMER, true);
        execute::<OwnedOrder, _>(store, Execution { stream, command, expectation, metadata })
            .await
            .map_err(|error| format!("{error:?}"))?;
    }
    Ok(())
}

fn creation() -> Result<OrderCommand, Box<dyn Error>> {
    let item = |product: &str, quantity, price| ItemDraft {
        product_id: product.to_owned(),
        quantity,
        unit_price_cents: Some(price),
        currency: None,
    };
    let items = vec![
        item("pour-over-kettle", 1, 5_990),
        item("paper-filters", 4, 450),
        item("hand-grinder", 1, 8_900),
    ];
    let draft =
        OrderDraft { user_id: None, items, total_amount_cents: None, currency: Some("EUR".to_owned()) };
    Ok(OrderRequest::from_draft(draft, UserId::of_subject(CUSTOMER))?.at_own_prices()?)
}

fn confirmation() -> OrderCommand {
    OrderCommand::Confirm { confirmed_by: UserId::of_subject(CUSTOMER) }
}

fn shipment() -> Result<OrderCommand, Box<dyn Error>> {
    let draft = ShipmentDraft { tracking_number: "1Z999AA10123456784".to_owned(), carrier: "DHL".to_owned() };
    Ok(draft.try_into()?)
}

/// The metadata of the command `number` on `order`.
fn metadata(order: u64, number: u64) -> Result<Metadata, Box<dyn Error>> {
    let number = order * COMMANDS.len() as u64 + number;
    Ok(Metadata {
        occurred_at: Timestamp::from_micros(1_795_305_570_000_000 + i64::try_from(number)?)?,
        actor: CUSTOMER.to_owned(),
        key: IdempotencyKey::try_from(Uuid::from_u128(number.into()).to_string())?,
        request_hash: RequestHash::stored("3d".repeat(32)),
        traceparent: Some("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01".to_owned()),
        correlation_id: Uuid::from_u128(number.into()).to_string(),
        causation_id: Uuid::from_u128(number.into()).to_string(),
    })
}
