//! One run: a world, its weather, those who use it, rest, and the checks.

use std::sync::Arc;
use std::time::Duration;

use futures::future::{OptionFuture, join};
use testing::dynamodb::{create_event_table, create_query_table};
use tokio::runtime::Builder;
use tokio::task::{LocalSet, spawn_local};
use tokio::time::timeout;

use crate::Mutation;
use crate::aws::{EVENTS, client};
use crate::checks;
use crate::clients;
use crate::functions::{Api, Functions};
use crate::operator::{Changeover, Operator};
use crate::stream::{follow, redrive};
use crate::world::{Function, Generation, Weather, World};

/// How long everything may take to come to rest in fair weather, in the time of the simulation.
const REST: Duration = Duration::from_mins(10);

/// What a run did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    /// A digest of every call and its answer, with their times.
    pub digest: u64,
    /// How many calls that is.
    pub calls: u64,
    /// How many commands were asked for.
    pub commands: usize,
    /// How many commits there are in the end.
    pub commits: usize,
    /// What came of a second generation of the query table, where there was one.
    pub changeover: Option<Changeover>,
    /// The calls, one a line, where they were asked for.
    pub lines: Vec<String>,
    /// What must not have happened, if anything.
    pub violation: Option<String>,
}

/// The run that follows from `seed`, with a planted bug or without one. `keeps_lines` asks for its calls.
#[must_use]
pub fn run(seed: u64, mutation: Option<Mutation>, keeps_lines: bool) -> Run {
    // What takes its chance from the thread, the jitter of retries and the choice of a counter's shard, takes it from
    // the seed.
    fastrand::seed(seed);
    let runtime = Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    LocalSet::new().block_on(&runtime, live(seed, mutation, keeps_lines))
}

async fn live(seed: u64, mutation: Option<Mutation>, keeps_lines: bool) -> Run {
    let world = World::new(seed, mutation, keeps_lines);
    let tables = client(&world, "deployment");
    create_event_table(&tables, EVENTS).await;
    for generation in Generation::BOTH {
        create_query_table(&tables, generation.table()).await;
    }

    let (api, functions) = (Arc::new(Api::deployed(&world)), Arc::new(Functions::deployed(&world)));
    for function in Function::all() {
        spawn_local(follow(Arc::clone(&world), Arc::clone(&functions), function));
    }
    clients::open(&api).await;
    world.set_weather(Weather::of(&world.dice));
    let operator = Operator::of(&world);
    let at_work = OptionFuture::from(operator.as_ref().map(Operator::change_generations));
    join(clients::bustle(&api, operator.is_some()), at_work).await;
    world.set_weather(Weather::default());
    let settled = timeout(REST, settle(&api, &functions, operator.as_ref())).await;
    world.set_weather(Weather::short_answers());
    let checked = match settled {
        Ok(()) => checks::all(&api, operator.as_ref()).await,
        Err(_) => Err(format!("it does not come to rest within {REST:?} of fair weather")),
    };
    let commits = *checked.as_ref().unwrap_or(&0);
    if let Err(violation) = checked {
        world.violated(violation);
    }
    let commands = world.ledger.asked().len();
    let ((digest, calls), lines) = (world.trace.digest(), world.trace.lines());
    let changeover = operator.as_ref().map(Operator::changeover);
    Run { digest, calls, commands, commits, changeover, lines, violation: world.violation() }
}

/// Lets everybody wait for what they were told of; then waits until nothing moves any more.
async fn settle(api: &Api, functions: &Functions, operator: Option<&Operator>) {
    let world = &api.world;
    clients::all_wait(api).await;
    OptionFuture::from(operator.map(Operator::finish)).await;
    world.nothing_under_way().await;
    world.stream.all_read().await;
    redrive(world, functions).await;
    world.nothing_under_way().await;
}
