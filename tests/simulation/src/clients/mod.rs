//! Those who use the system, and what they remember of it.

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

/// Opens the shop: every product is offered before the first customer comes.
pub(crate) async fn open(api: &Api) {
    for product in 0..PRODUCTS.len() {
        let offer = Request { key: None, ..intent::offer(&api.world, product) };
        perform(api, offer).await;
    }
}

/// Lets customers and operators do what they do, all at the same time, each one thing after another.
///
/// Beside `company`, whose work is to go on under load, some take their time.
pub(crate) async fn bustle(api: &Arc<Api>, company: bool) {
    let dice = &api.world.dice;
    let customers = CUSTOMERS.iter().map(|name| Caller { subject: (*name).to_owned(), is_admin: false });
    let operators = (0..dice.number(1..3)).map(|_| Caller::admin());
    let steps = dice.number(3..9);
    let pause = if company { *dice.one(&[300, 1_500, 4_000]) } else { 300 };
    join_all(customers.chain(operators).map(|caller| work(api, caller, steps, pause))).await;
}

/// What somebody may do next.
#[derive(Debug, Clone, Copy)]
enum Habit {
    Order,
    Step,
    Batch,
    Repeat,
    Look,
    Change,
}

/// Does `steps` things, most often what this one is in the habit of, with up to `pause` milliseconds before each.
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

/// Lets everybody ask for the newest they were told of, and wait for it.
pub(crate) async fn all_wait(api: &Api) {
    for order in api.world.ledger.orders() {
        look(api, Some(order), 20).await;
    }
}

/// A query of an admin for `route`.
pub(crate) fn query(route: Route, id: Option<&str>, query: String) -> Request {
    Request { id: id.map(ToOwned::to_owned), query, ..Request::new(route, Caller::admin()) }
}
