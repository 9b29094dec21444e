//! Draws the next request of a simulated client.

use serde_json::{Value, json};

use super::ledger::KnownOrder;
use crate::functions::{Route, SimulatedCaller, SimulatedRequest};
use crate::world::World;

/// The customers.
pub(crate) const CUSTOMERS: [&str; 2] = ["ann", "bob-miller"];
/// The products: an id, two alternating names, and a currency.
pub(crate) const PRODUCTS: [(&str, [&str; 2], &str); 3] = [
    ("anvil-7", ["Anvil", "Heavy anvil"], "EUR"),
    ("kettle", ["Kettle", "Blue Kettle"], "EUR"),
    ("harpoon", ["Harpoon", "Old harpoon"], "USD"),
];
/// The number of prices in an import.
const IMPORTED: u32 = 90;
/// The carriers.
pub(crate) const CARRIERS: [&str; 2] = ["HERMES", "POSTILLON-2"];

/// A request of `operator` that registers a product again, or rarely discontinues it.
pub(super) fn change(world: &World, operator: &SimulatedCaller) -> SimulatedRequest {
    // One product changes more often than the others, because its stream should get snapshots.
    let product = if world.random.chance(700) { 0 } else { world.random.index(PRODUCTS.len()) };
    if world.random.chance(30) {
        let id = Some(PRODUCTS[product].0.to_owned());
        return keyed(
            world,
            SimulatedRequest { id, ..SimulatedRequest::new("discontinue-product", operator.clone()) },
        );
    }
    offer(world, product, operator)
}

/// The two halves of an import of many prices. Each request registers the first product at another price, under a key
/// of its own.
pub(super) fn import(operator: &SimulatedCaller) -> (Vec<SimulatedRequest>, Vec<SimulatedRequest>) {
    let (id, [name, _], currency) = PRODUCTS[0];
    let request = |number| {
        let body = json!({ "name": name, "unit_price_cents": 1_000 + number, "currency": currency });
        let key = Some(format!("import-{number}"));
        let request = SimulatedRequest::new("register-product", operator.clone());
        SimulatedRequest { id: Some(id.to_owned()), key, body, ..request }
    };
    ((1..=IMPORTED / 2).map(request).collect(), (IMPORTED / 2 + 1..=IMPORTED).map(request).collect())
}

/// A request that registers the product with this index in [`PRODUCTS`], at one of three prices. The registration
/// sometimes equals the one before.
pub(super) fn offer(world: &World, product: usize, operator: &SimulatedCaller) -> SimulatedRequest {
    let (id, names, currency) = PRODUCTS[product];
    let (name, price) = (world.random.one(&names), any_price(world));
    let body = json!({ "name": name, "unit_price_cents": price, "currency": currency });
    keyed(
        world,
        SimulatedRequest {
            id: Some(id.to_owned()),
            body,
            ..SimulatedRequest::new("register-product", operator.clone())
        },
    )
}

/// One of the prices that products have.
fn any_price(world: &World) -> u64 {
    world.random.number(1..4) * 100
}

/// A new order of `caller`. An operator orders for a customer.
pub(super) fn order(world: &World, caller: &SimulatedCaller) -> SimulatedRequest {
    keyed(
        world,
        SimulatedRequest {
            body: basket(world, caller),
            ..SimulatedRequest::new("create-order", caller.clone())
        },
    )
}

/// A command on a known order: usually the next step of the order's life, and otherwise any step. The request sometimes
/// expects the known version, or an older one. `None` if the caller knows no order.
pub(super) fn step(world: &World, caller: &SimulatedCaller) -> Option<SimulatedRequest> {
    let known = any_order(world, caller)?;
    let (route, body) = any_step(world, &known);
    let if_match = match world.random.number(0..10) {
        0..6 => None,
        6..9 => Some(known.version),
        _ => Some(known.version.saturating_sub(1).max(1)),
    };
    Some(keyed(
        world,
        SimulatedRequest {
            id: Some(known.id),
            body,
            if_match,
            ..SimulatedRequest::new(route, caller.clone())
        },
    ))
}

/// A batch of one to three commands. Some of the commands have their own idempotency keys.
pub(super) fn batch(world: &World, caller: &SimulatedCaller) -> SimulatedRequest {
    let command = |_| {
        let known = any_order(world, caller).filter(|_| world.random.chance(600));
        let (operation, mut fields) = match &known {
            None => ("create", basket(world, caller)),
            Some(known) => {
                let (route, body) = any_step(world, known);
                (route.trim_end_matches("-order"), body)
            }
        };
        fields["operation"] = operation.into();
        if let Some(known) = known {
            fields["order_id"] = known.id.into();
        }
        if world.random.chance(300) {
            fields["idempotency_key"] = key(world).into();
        }
        fields
    };
    let commands: Vec<Value> = (0..world.random.number(1..4)).map(command).collect();
    let body = json!({ "commands": commands });
    keyed(world, SimulatedRequest { body, ..SimulatedRequest::new("submit-batch", caller.clone()) })
}

/// A known order that `caller` may see; `None` if there is none.
pub(super) fn any_order(world: &World, caller: &SimulatedCaller) -> Option<KnownOrder> {
    let orders = world.ledger.orders();
    let own: Vec<_> =
        orders.into_iter().filter(|order| caller.is_admin || order.owner == caller.subject).collect();
    if own.is_empty() { None } else { Some(world.random.one(&own).clone()) }
}

fn basket(world: &World, caller: &SimulatedCaller) -> Value {
    // The last product has another currency than the others, and an order has only one currency.
    let usd = world.random.chance(200);
    let (from, number) = if usd { (2, 1) } else { (0, world.random.number(1..3)) };
    // The catalog refuses a claimed price that is not the current one, so a repetition may succeed later.
    let claims = !world.prices_come_from_catalog || world.random.chance(200);
    let item = |index| {
        let (id, ..) = PRODUCTS[from + usize::try_from(index).unwrap()];
        let mut item = json!({ "product_id": id, "quantity": world.random.number(1..5) });
        if claims {
            item["unit_price_cents"] = any_price(world).into();
        }
        item
    };
    let items: Vec<Value> = (0..number).map(item).collect();
    let mut body = json!({ "items": items });
    if !world.prices_come_from_catalog && world.random.chance(500) {
        body["currency"] = PRODUCTS[from].2.into();
    }
    if caller.is_admin {
        body["user_id"] = (*world.random.one(&CUSTOMERS)).into();
    }
    body
}

fn any_step(world: &World, known: &KnownOrder) -> (Route, Value) {
    let next = match known.status.as_str() {
        "pending" => "confirm-order",
        "confirmed" => "ship-order",
        _ => "deliver-order",
    };
    let any = ["confirm-order", "ship-order", "deliver-order", "cancel-order"];
    let route = if world.random.chance(700) { next } else { *world.random.one(&any) };
    let number = world.random.number(0..1_000_000);
    let body = match route {
        "ship-order" => {
            json!({ "tracking_number": format!("TRK{number:06}"), "carrier": world.random.one(&CARRIERS) })
        }
        "cancel-order" => json!({ "reason": format!("no longer wanted ({number})") }),
        _ => json!({}),
    };
    (route, body)
}

/// Adds an idempotency key to `request`: usually a new one, sometimes none, and rarely one that was used before.
/// Operators often number their requests, so two of them use the same keys.
fn keyed(world: &World, request: SimulatedRequest) -> SimulatedRequest {
    let key = match world.random.number(0..40) {
        0..8 => None,
        8 => world.ledger.any_key(&world.random),
        9..25 if request.caller.is_admin => Some(world.random.number(1..8).to_string()),
        _ => Some(key(world)),
    };
    SimulatedRequest { key, ..request }
}

fn key(world: &World) -> String {
    let key = format!("key-{}", world.random.number(0..1 << 48));
    if world.random.chance(30) { format!("{key:-<255}") } else { key }
}
