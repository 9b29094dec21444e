//! What every contender carries out: the commands and the deciders of the shop.
//!
//! All contenders run the project's own deciders without a change. An order is created and confirmed. A product, whose
//! price can be set any number of times, has the long streams and the races.

use std::error::Error;
use std::fmt::Debug;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use domain::order::{
    Order, OrderCommand, OrderCreated, OrderDraft, OrderEvent, OrderRequest, OrderState, UserId,
};
use domain::product::{Product, ProductCommand, ProductDraft, ProductEvent, ProductId, ProductState};
use es_core::{Decider, Timestamp};
use serde_json::json;
use uuid::Uuid;

use crate::error::{PeersError, failed};

/// A decider that every contender can run.
pub(crate) trait Shop:
    Decider<Event: Clone + PartialEq + Debug, Error: Error + Send + Sync + 'static, Command: Send, State: Debug>
{
    /// The name of the aggregate.
    const NAME: &'static str;

    /// The name of an event.
    fn event_type(event: &Self::Event) -> &'static str;
}

impl Shop for Order {
    const NAME: &'static str = "order";

    fn event_type(event: &OrderEvent) -> &'static str {
        match event {
            OrderEvent::OrderCreated(_) => "OrderCreated",
            OrderEvent::OrderConfirmed(_) => "OrderConfirmed",
            OrderEvent::OrderShipped(_) => "OrderShipped",
            OrderEvent::OrderDelivered {} => "OrderDelivered",
            OrderEvent::OrderCancelled(_) => "OrderCancelled",
        }
    }
}

impl Shop for Product {
    const NAME: &'static str = "product";

    fn event_type(event: &ProductEvent) -> &'static str {
        match event {
            ProductEvent::ProductRegistered(_) => "ProductRegistered",
            ProductEvent::ProductRenamed(_) => "ProductRenamed",
            ProductEvent::ProductPriceChanged(_) => "ProductPriceChanged",
            ProductEvent::ProductDiscontinued {} => "ProductDiscontinued",
        }
    }
}

/// A command that a contender carries out.
#[derive(Debug, Clone)]
pub(crate) struct Command<D: Decider> {
    /// The aggregate.
    pub(crate) id: Uuid,
    /// Whether the command creates the aggregate, so its history need not be read.
    pub(crate) opens: bool,
    /// The command for the decider.
    pub(crate) wanted: D::Command,
    /// The idempotency key of the request. Only this project's event store uses it.
    pub(crate) key: String,
}

/// The price of a product after its first event, in cents. Each later event raises the price by one, so the price of a
/// loaded product tells how many events the load included.
pub(crate) const FIRST_PRICE: i64 = 1_000;

/// The number of events in the history of a product that is in `state`.
pub(crate) fn events_in(state: &ProductState) -> i64 {
    match state {
        ProductState::Active(offer) => offer.unit_price_cents - FIRST_PRICE + 1,
        ProductState::Missing | ProductState::Discontinued => 0,
    }
}

/// The customer of all orders whose customer does not matter.
pub(crate) const CUSTOMER: &str = "customer-0001";

/// The products of an order: ids and names.
pub(crate) const PRODUCTS: [(&str, &str); 3] =
    [("kettle", "Enamel kettle"), ("tea-green", "Sencha tea"), ("cup-white", "Porcelain cup")];

/// Creates an order with three items at its own prices.
pub(crate) fn creation() -> Result<OrderCommand, PeersError> {
    let items = PRODUCTS.map(|(id, _)| json!({"product_id": id, "quantity": 2, "unit_price_cents": 1_250}));
    let draft = serde_json::from_value::<OrderDraft>(json!({"user_id": CUSTOMER, "items": items}));
    let draft = draft.map_err(failed("make an order"))?;
    let owner = UserId::of_subject(CUSTOMER);
    let request = OrderRequest::from_draft(draft, owner).map_err(failed("make an order"))?;
    request.at_own_prices().map_err(failed("price an order"))
}

/// The opening of an order with three items, with the names of their products.
pub(crate) fn opening() -> Result<OrderCreated, PeersError> {
    let events = Order::decide(&OrderState::default(), creation()?).map_err(failed("make an order"))?;
    let Some(OrderEvent::OrderCreated(mut created)) = events.into_iter().next() else {
        return Err(failed("make an order")("the decider creates no order"));
    };
    for (item, (_, name)) in created.items.iter_mut().zip(PRODUCTS) {
        item.name = Some(name.to_owned());
    }
    Ok(created)
}

/// Registers the first product at `cents`, or sets its price.
pub(crate) fn pricing(cents: i64) -> Result<ProductCommand, PeersError> {
    registration(0, cents)
}

/// Registers the product at `index` in [`PRODUCTS`] at `cents`, or sets its price.
pub(crate) fn registration(index: usize, cents: i64) -> Result<ProductCommand, PeersError> {
    let draft = json!({"name": PRODUCTS[index].1, "unit_price_cents": cents});
    let draft = serde_json::from_value::<ProductDraft>(draft).map_err(failed("make a product"))?;
    draft.into_command(product_id(index)?).map_err(failed("make a product"))
}

/// The id of the product at `index` in [`PRODUCTS`].
pub(crate) fn product_id(index: usize) -> Result<ProductId, PeersError> {
    PRODUCTS[index].0.parse().map_err(failed("name a product"))
}

/// The command that creates the order `id`.
pub(crate) fn create(id: Uuid) -> Result<Command<Order>, PeersError> {
    Ok(Command { id, opens: true, wanted: creation()?, key: format!("create-{id}") })
}

/// The command that confirms the order `id`.
pub(crate) fn confirm(id: Uuid) -> Command<Order> {
    let wanted = OrderCommand::Confirm { confirmed_by: UserId::of_subject(CUSTOMER) };
    Command { id, opens: false, wanted, key: format!("confirm-{id}") }
}

/// The command that sets the price of the product `id` to `cents`. `key` is unique among all requests.
pub(crate) fn price(id: Uuid, cents: i64, key: String) -> Result<Command<Product>, PeersError> {
    Ok(Command { id, opens: false, wanted: pricing(cents)?, key })
}

/// The command that registers the product `id` at [`FIRST_PRICE`].
pub(crate) fn register(id: Uuid) -> Result<Command<Product>, PeersError> {
    Ok(Command { id, opens: true, wanted: pricing(FIRST_PRICE)?, key: format!("register-{id}") })
}

/// The present time.
pub(crate) fn now() -> Timestamp {
    earlier(Duration::ZERO)
}

/// The time as long as `before` ago.
pub(crate) fn earlier(before: Duration) -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let micros = since.saturating_sub(before).as_micros();
    i64::try_from(micros)
        .ok()
        .and_then(|micros| Timestamp::from_micros(micros).ok())
        .unwrap_or(Timestamp::MIN)
}
