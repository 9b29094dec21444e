//! The simulated clients and their ledger.

mod intent;
mod ledger;
mod observation;
mod perform;

use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use futures::future::{join, join_all};
use tokio::time::{sleep, timeout};

use crate::functions::{Api, Route, SimulatedCaller, SimulatedRequest};

pub(crate) use intent::{CARRIERS, CUSTOMERS, PRODUCTS};
pub(crate) use ledger::{CommandAnswer, Ledger, Observation, QueryAnswer, SentCommand};
pub(crate) use perform::{perform, query_order};

/// Registers every product before the first customer orders.
pub(crate) async fn register_products(api: &Api) {
    for product in 0..PRODUCTS.len() {
        let offer =
            SimulatedRequest { key: None, ..intent::offer(&api.world, product, &SimulatedCaller::admin()) };
        perform(api, offer).await;
    }
}

/// In some runs, an operator imports many prices of one product in two halves, some hours apart. Returns whether this
/// is such a run.
pub(crate) async fn import_prices(api: &Api) -> bool {
    let imports = api.world.random.chance(100);
    if imports {
        let (first, second) = intent::import(&SimulatedCaller::admin());
        for request in first {
            perform(api, request).await;
        }
        api.world.clock.skip(api.world.random.number(0..20));
        for request in second {
            perform(api, request).await;
        }
    }
    imports
}

/// The stages of the other generation in which clients go on after their early requests.
const STAGES: [&str; 4] = ["building", "complete", "strict", "switched"];

/// The longest time that clients wait for a stage. A rebuild that was cut off has its lease for fifteen
/// minutes.
const LONGEST_WAIT: Duration = Duration::from_secs(940);

/// How long after the beginning of a stage clients go on, in milliseconds. A stage lasts for some twenty seconds.
const WITHIN_STAGE: Range<u64> = 0..30_000;

/// Runs all customers and operators concurrently. Each of them sends one request after another.
///
/// If a rebuild runs at the same time (`with_rebuild`), the clients sometimes pause longer, because requests should
/// arrive during the whole rebuild. Most clients then send their later requests while the generation is built, compared
/// and switched.
///
/// In some runs, hours pass between two requests. If there was an import (`with_import`), its operator repeats some
/// requests at the end.
pub(crate) async fn run_clients(api: &Arc<Api>, with_rebuild: bool, with_import: bool) {
    let random = &api.world.random;
    let customers =
        CUSTOMERS.iter().map(|name| SimulatedCaller { subject: (*name).to_owned(), is_admin: false });
    let operators = (0..random.number(1..4)).map(SimulatedCaller::operator);
    let steps = random.number(3..9);
    let pause = if with_rebuild { *random.one(&[1_500, 8_000, 20_000]) } else { 300 };
    let stage = if with_rebuild { *random.one(&STAGES) } else { STAGES[0] };
    let clients = customers.chain(operators).map(|caller| async move {
        let (early, late) = if with_rebuild { (steps / 2, steps - steps / 2) } else { (steps, 0) };
        work(api, caller.clone(), early, pause).await;
        if with_rebuild && api.world.random.chance(800) {
            // Without the stage, the clients go on at the end of the wait.
            timeout(LONGEST_WAIT, api.world.switch_log.until(stage)).await.ok();
            sleep(api.world.random.millis(WITHIN_STAGE)).await;
        }
        work(api, caller, late, pause).await;
    });
    let clients = join_all(clients);
    join(clients, let_hours_pass(api, steps * pause)).await;
    for _ in 0..if with_import { random.number(2..8) } else { 0 } {
        perform::repeat(api, &SimulatedCaller::admin()).await;
    }
}

/// Moves the clock ahead by some hours, at up to three times within the next `millis` milliseconds. Most runs have no
/// such jump.
async fn let_hours_pass(api: &Api, millis: u64) {
    let random = &api.world.random;
    let times = if random.chance(400) { random.number(1..4) } else { 0 };
    for _ in 0..times {
        sleep(random.millis(0..millis / 3)).await;
        // A function that works while the clock jumps would take several hours for one command.
        api.is_idle().await;
        api.world.clock.skip(random.number(1..20));
    }
}

/// The kind of a client's next request.
#[derive(Debug, Clone, Copy)]
enum RequestKind {
    /// A new order.
    Order,
    /// A command on an existing order.
    Step,
    /// A batch of commands.
    Batch,
    /// An earlier command once more.
    Repeat,
    /// A query for an order.
    Query,
    /// A query of another kind, with its pages.
    Look,
    /// A change of a product by an operator. A customer sends a new order instead.
    Change,
}

/// Sends `steps` requests, mostly of two kinds that are drawn for the client. Before each request, the client pauses
/// for up to `pause` milliseconds.
async fn work(api: &Api, caller: SimulatedCaller, steps: u64, pause: u64) {
    use RequestKind::{Batch, Change, Look, Order, Query, Repeat, Step};
    let world = &api.world;
    let all = [Order, Step, Step, Batch, Repeat, Query, Look, Change];
    let keeps_prices = caller.is_admin && world.random.chance(400);
    let any = (*world.random.one(&all), *world.random.one(&all));
    let (favourite, second) = if keeps_prices { (Change, Repeat) } else { any };
    for _ in 0..steps {
        sleep(world.random.millis(0..pause)).await;
        let next = match world.random.number(0..10) {
            0..4 => favourite,
            4..6 => second,
            _ => *world.random.one(&all),
        };
        match next {
            Query => query_order(api, intent::any_order(world, &caller), world.random.number(0..8)).await,
            Look => observation::observe(api, &caller).await,
            Repeat => perform::repeat(api, &caller).await,
            Batch => perform(api, intent::batch(world, &caller)).await,
            Change if caller.is_admin => perform(api, intent::change(world, &caller)).await,
            Order | Change => perform(api, intent::order(world, &caller)).await,
            Step => match intent::step(world, &caller) {
                Some(step) => perform(api, step).await,
                None => perform(api, intent::order(world, &caller)).await,
            },
        }
    }
}

/// Queries every known order, and waits up to 20 seconds for the order's newest known version.
pub(crate) async fn query_all_orders(api: &Api) {
    for order in api.world.ledger.orders() {
        query_order(api, Some(order), 20).await;
    }
}

/// A query for `route` by an admin.
pub(crate) fn query(route: Route, id: Option<&str>, query: String) -> SimulatedRequest {
    SimulatedRequest {
        id: id.map(ToOwned::to_owned),
        query,
        ..SimulatedRequest::new(route, SimulatedCaller::admin())
    }
}
