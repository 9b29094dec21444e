//! One run: creates a world with its fault rates, runs the clients, waits until the world is at rest, and runs the
//! checks.

use std::sync::Arc;
use std::time::Duration;

use futures::future::{OptionFuture, join, join3};
use testing::dynamodb::{create_event_table, create_operations_table, create_query_table};
use tokio::runtime::Builder;
use tokio::task::{LocalSet, spawn_local};
use tokio::time::{sleep, timeout};

use crate::Mutation;
use crate::aws::client;
use crate::checks;
use crate::clients;
use crate::functions::{Api, Functions};
use crate::operator::{CutOverReport, Operator};
use crate::recovery::Recovery;
use crate::replays::Replays;
use crate::restore;
use crate::stream::follow;
use crate::world::{
    EVENTS, FaultRates, Function, FutureEvents, GENERATIONS, OPERATIONS, PUBLICATIONS, World, table_of,
};

/// The longest time, in simulated time, until the world must be at rest without faults.
const REST: Duration = Duration::from_hours(2);

/// The result of a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    /// A digest of all calls and responses with their times.
    pub digest: u64,
    /// The number of calls.
    pub calls: u64,
    /// The number of commands.
    pub commands: usize,
    /// The number of commits at the end.
    pub commits: usize,
    /// The result of the rebuild, if the run had a second generation.
    pub cut_over_report: Option<CutOverReport>,
    /// The calls, one per line, if they were requested.
    pub lines: Vec<String>,
    /// The violation, if there is one.
    pub violation: Option<String>,
}

/// Runs `seed`, optionally with a planted bug. With `keeps_lines`, the result contains the calls.
#[must_use]
pub fn run(seed: u64, mutation: Option<Mutation>, keeps_lines: bool) -> Run {
    // The jitter of retries and the sample of reconcile use the random numbers of the thread. Seeding them makes the
    // run deterministic.
    fastrand::seed(seed);
    let runtime = Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    LocalSet::new().block_on(&runtime, live(seed, mutation, keeps_lines))
}

async fn live(seed: u64, mutation: Option<Mutation>, keeps_lines: bool) -> Run {
    let world = World::new(seed, mutation, keeps_lines);
    let tables = client(&world, "deployment");
    create_event_table(&tables, EVENTS).await;
    create_operations_table(&tables, OPERATIONS).await;
    for generation in GENERATIONS {
        create_query_table(&tables, table_of(generation)).await;
    }
    create_query_table(&tables, PUBLICATIONS).await;

    let (api, functions) = (Arc::new(Api::deployed(&world)), Arc::new(Functions::deployed(&world)));
    for function in Function::all() {
        spawn_local(follow(Arc::clone(&world), Arc::clone(&functions), function));
    }
    clients::register_products(&api).await;
    let with_import = clients::import_prices(&api).await;
    world.set_fault_rates(FaultRates::from_dice(&world.random));
    let operator = Operator::from_world(&world, &functions);
    let at_work = OptionFuture::from(operator.as_ref().map(Operator::work));
    let has_new_events = world.random.chance(250);
    let at_deployment = OptionFuture::from(has_new_events.then(|| roll_out(&world)));
    let recovery = Recovery::from_world(&world);
    let replays = Replays::from_world(&world);
    let at_queues = join3(recovery.work(), recovery.damage(), replays.work());
    let clients_at_work = clients::run_clients(&api, operator.is_some(), with_import);
    Box::pin(join3(join(clients_at_work, at_queues), at_work, at_deployment)).await;
    world.set_fault_rates(FaultRates::default());
    let settled = timeout(REST, settle(&api, &recovery, &replays, operator.as_ref())).await;
    world.set_fault_rates(FaultRates::short_answers());
    let checked = match settled {
        Ok(()) => checks::all(&api, operator.as_ref()).await,
        Err(_) => Err(format!("the world is not at rest after {REST:?} without faults")),
    };
    let is_restored = checked.is_ok() && world.violation().is_none() && world.random.chance(200);
    let restored =
        OptionFuture::from(is_restored.then(|| restore::check(&world, &functions, &recovery))).await;
    if let Some(Err(violation)) = restored {
        world.record_violation(format!("after a restore, {violation}"));
    }
    let commits = *checked.as_ref().unwrap_or(&0);
    if let Err(violation) = checked {
        world.record_violation(violation);
    }
    let commands = world.ledger.commands().len();
    let ((digest, calls), lines) = (world.trace.digest(), world.trace.lines());
    let cut_over_report = operator.as_ref().map(Operator::cut_over_report);
    Run { digest, calls, commands, commits, cut_over_report, lines, violation: world.violation() }
}

/// Deploys commands that write events of a new schema or of a new type, and one function after another that knows them.
/// Until then, a projection holds the streams that it cannot read, and the reaction fails or its rule does not select the
/// events.
async fn roll_out(world: &World) {
    sleep(world.random.millis(0..1_000)).await;
    world.deployment.write_future_events(*world.random.one(&[FutureEvents::Schema, FutureEvents::Type]));
    for function in Function::that_read_events() {
        sleep(world.random.millis(0..1_500)).await;
        world.deployment.teach_future_events(function);
    }
}

/// Repairs the event table, redrives failed records, queries every known order, waits until the world is at rest, and
/// publishes the events again that the reaction could not handle.
async fn settle(api: &Api, recovery: &Recovery, replays: &Replays, operator: Option<&Operator>) {
    let world = &api.world;
    recovery.repair().await;
    recovery.redrive_once().await;
    clients::query_all_orders(api).await;
    OptionFuture::from(operator.map(Operator::finish)).await;
    replays.finish().await;
    world.wait_for_rest().await;
    recovery.empty_queues().await;
    world.wait_for_rest().await;
    replays.repair_reactions().await;
    OptionFuture::from(operator.map(Operator::repair)).await;
    recovery.reconcile().await;
}
