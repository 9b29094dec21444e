//! What somebody may want next.

use serde_json::{Value, json};

use super::ledger::KnownOrder;
use crate::functions::{Caller, Request, Route};
use crate::world::World;

/// Those who order.
pub(crate) const CUSTOMERS: [&str; 2] = ["ann", "bob-miller"];
/// What they order: ids with their names by turns, and their currencies.
pub(crate) const PRODUCTS: [(&str, [&str; 2], &str); 3] = [
    ("anvil-7", ["Anvil", "Heavy anvil"], "EUR"),
    ("kettle", ["Kettle", "Blue Kettle"], "EUR"),
    ("harpoon", ["Harpoon", "Old harpoon"], "USD"),
];
/// Those who carry it.
pub(crate) const CARRIERS: [&str; 2] = ["Hermes", "Postillon"];

/// Another offer of a product, or rarely the end of it.
pub(super) fn change(world: &World) -> Request {
    // One of them changes more often than the others, so that its stream has snapshots.
    let product = if world.dice.chance(700) { 0 } else { world.dice.index(PRODUCTS.len()) };
    if world.dice.chance(30) {
        let id = Some(PRODUCTS[product].0.to_owned());
        return keyed(world, Request { id, ..Request::new("discontinue-product", Caller::admin()) });
    }
    offer(world, product)
}

/// An offer of a product, at one of few prices: so it is sometimes what it was before.
pub(super) fn offer(world: &World, product: usize) -> Request {
    let (id, names, currency) = PRODUCTS[product];
    let (name, price) = (world.dice.one(&names), world.dice.number(1..4) * 100);
    let body = json!({ "name": name, "unit_price_cents": price, "currency": currency });
    keyed(
        world,
        Request { id: Some(id.to_owned()), body, ..Request::new("register-product", Caller::admin()) },
    )
}

/// A new order of `caller`; one of an operator is for a customer.
pub(super) fn order(world: &World, caller: &Caller) -> Request {
    keyed(world, Request { body: basket(world, caller), ..Request::new("create-order", caller.clone()) })
}

/// The next step, or any other, of an order that is known; now and then at the version that is known, or at an older one.
pub(super) fn step(world: &World, caller: &Caller) -> Option<Request> {
    let known = any_order(world, caller)?;
    let (route, body) = any_step(world, &known);
    let if_match = match world.dice.number(0..10) {
        0..6 => None,
        6..9 => Some(known.version),
        _ => Some(known.version.saturating_sub(1).max(1)),
    };
    Some(keyed(world, Request { id: Some(known.id), body, if_match, ..Request::new(route, caller.clone()) }))
}

/// Some commands at once; some of them have keys of their own.
pub(super) fn batch(world: &World, caller: &Caller) -> Request {
    let command = |_| {
        let known = any_order(world, caller).filter(|_| world.dice.chance(600));
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
        if world.dice.chance(300) {
            fields["idempotency_key"] = key(world).into();
        }
        fields
    };
    let commands: Vec<Value> = (0..world.dice.number(1..4)).map(command).collect();
    let body = json!({ "commands": commands });
    keyed(world, Request { body, ..Request::new("submit-batch", caller.clone()) })
}

/// An order that `caller` knows of and may see.
pub(super) fn any_order(world: &World, caller: &Caller) -> Option<KnownOrder> {
    let orders = world.ledger.orders();
    let own: Vec<_> =
        orders.into_iter().filter(|order| caller.is_admin || order.owner == caller.subject).collect();
    if own.is_empty() { None } else { Some(world.dice.one(&own).clone()) }
}

fn basket(world: &World, caller: &Caller) -> Value {
    // The last product has another currency than the others: an order has one.
    let usd = world.dice.chance(200);
    let (from, number) = if usd { (2, 1) } else { (0, world.dice.number(1..3)) };
    let item = |index| {
        let (id, ..) = PRODUCTS[from + usize::try_from(index).unwrap()];
        json!({ "product_id": id, "quantity": world.dice.number(1..5) })
    };
    let items: Vec<Value> = (0..number).map(item).collect();
    let mut body = json!({ "items": items });
    if caller.is_admin {
        body["user_id"] = (*world.dice.one(&CUSTOMERS)).into();
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
    let route = if world.dice.chance(700) { next } else { *world.dice.one(&any) };
    let number = world.dice.number(0..1_000_000);
    let body = match route {
        "ship-order" => {
            json!({ "tracking_number": format!("TRK{number:06}"), "carrier": world.dice.one(&CARRIERS) })
        }
        "cancel-order" => json!({ "reason": format!("no longer wanted ({number})") }),
        _ => json!({}),
    };
    (route, body)
}

/// `request` with a key, most times; rarely with one that was used before.
fn keyed(world: &World, request: Request) -> Request {
    let key = match world.dice.number(0..40) {
        0..8 => None,
        8 => world.ledger.any_key(&world.dice),
        _ => Some(key(world)),
    };
    Request { key, ..request }
}

fn key(world: &World) -> String {
    format!("key-{}", world.dice.number(0..1 << 48))
}
