//! The simulated clients and their ledger.

mod intent;
mod ledger;
mod perform;

use std::sync::Arc;

use futures::future::join_all;
use tokio::time::sleep;

use crate::functions::{Api, Caller, Request, Route};

pub(crate) use intent::{CARRIERS, CUSTOMERS, PRODUCTS};
pub(crate) use ledger::{Asked, Ledger, Seen, Told};
pub(crate) use perform::{look, perform};

/// Registers every product before the first customer orders.
pub(crate) async fn open(api: &Api) {
    for product in 0..PRODUCTS.len() {
        let offer = Request { key: None, ..intent::offer(&api.world, product) };
        perform(api, offer).await;
    }
}

/// Runs all customers and operators concurrently. Each of them sends one request after another.
///
/// If a rebuild runs at the same time (`company`), the clients sometimes pause longer, because the load should last as
/// long as the rebuild.
pub(crate) async fn bustle(api: &Arc<Api>, company: bool) {
    let dice = &api.world.dice;
    let customers = CUSTOMERS.iter().map(|name| Caller { subject: (*name).to_owned(), is_admin: false });
    let operators = (0..dice.number(1..3)).map(|_| Caller::admin());
    let steps = dice.number(3..9);
    let pause = if company { *dice.one(&[300, 1_500, 4_000]) } else { 300 };
    join_all(customers.chain(operators).map(|caller| work(api, caller, steps, pause))).await;
}

/// The kind of a client's next request.
#[derive(Debug, Clone, Copy)]
enum Habit {
    Order,
    Step,
    Batch,
    Repeat,
    Look,
    Change,
}

/// Sends `steps` requests, mostly of the client's preferred kinds, with a pause of up to `pause` milliseconds before
/// each.
async fn work(api: &Api, caller: Caller, steps: u64, pause: u64) {
    let world = &api.world;
    let all =
        [Habit::Order, Habit::Step, Habit::Step, Habit::Batch, Habit::Repeat, Habit::Look, Habit::Change];
    let keeps_prices = caller.is_admin && world.dice.chance(400);
    let any = (*world.dice.one(&all), *world.dice.one(&all));
    let (habit, other) = if keeps_prices { (Habit::Change, Habit::Repeat) } else { any };
    for _ in 0..steps {
        sleep(world.dice.millis(0..pause)).await;
        let next = match world.dice.number(0..10) {
            0..4 => habit,
            4..6 => other,
            _ => *world.dice.one(&all),
        };
        match next {
            Habit::Look => look(api, intent::any_order(world, &caller), world.dice.number(0..8)).await,
            Habit::Repeat => perform::repeat(api, &caller).await,
            Habit::Batch => perform(api, intent::batch(world, &caller)).await,
            Habit::Change if caller.is_admin => perform(api, intent::change(world)).await,
            Habit::Order | Habit::Change => perform(api, intent::order(world, &caller)).await,
            Habit::Step => match intent::step(world, &caller) {
                Some(step) => perform(api, step).await,
                None => perform(api, intent::order(world, &caller)).await,
            },
        }
    }
}

/// Queries every known order and waits for its newest known version.
pub(crate) async fn all_wait(api: &Api) {
    for order in api.world.ledger.orders() {
        look(api, Some(order), 20).await;
    }
}

/// A query for `route` by an admin.
pub(crate) fn query(route: Route, id: Option<&str>, query: String) -> Request {
    Request { id: id.map(ToOwned::to_owned), query, ..Request::new(route, Caller::admin()) }
}
