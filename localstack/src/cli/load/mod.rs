//! `cargo local load` sends commands over HTTP at a fixed rate, and reports latencies and the lag of views.
//!
//! The rate does not depend on the answers: each command has an intended start, and its latency is counted from there. A
//! stack that stalls therefore shows the stall in every command that should have been sent meanwhile.

mod arguments;
mod caller;
mod error;
mod report;

use std::collections::VecDeque;
use std::io::Write;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use stack_base::http;
use stack_gateway::identity::TokenRequest;
use tokio::task::{JoinError, JoinSet};
use tokio::time::{Instant, sleep_until};

use self::caller::{Caller, Receipt};
use self::report::{Report, Sample};
use super::arguments::StackArguments;
use super::error::CliError;
use super::serve::Termination;
use super::shop;
use crate::stack::{RunningStack, Stack};

pub use arguments::LoadArguments;
pub use error::LoadError;

/// The longest wait for a response. It is slightly longer than API Gateway's limit of 30 s.
const TIMEOUT: Duration = Duration::from_secs(35);
/// The lifetime of the token beyond the load itself.
const GRACE: Duration = Duration::from_mins(5);
/// The most views whose lag is measured in one second. More waiting reads would be a load of their own.
const WATCHED_PER_SECOND: u32 = 5;
/// The scope that may create and confirm orders, and register their product.
const SCOPE: &str = "orders:admin";

/// Puts the stack at the given address, or a stack of its own, under load. Writes the report.
///
/// # Errors
/// [`CliError`] if the stack does not start, or if it answers no command.
pub(super) async fn run(
    stack: StackArguments,
    load: &LoadArguments,
    stdout: &mut impl Write,
) -> Result<(), CliError> {
    let mut termination = Termination::new().map_err(CliError::Runtime)?;
    let report = tokio::select! {
        report = measure(stack, load) => report?,
        () = termination.wait() => return Err(CliError::Interrupted),
    };
    report.write(stdout)?;
    if report.is_empty() { Err(LoadError::NothingAnswered.into()) } else { Ok(()) }
}

async fn measure(arguments: StackArguments, load: &LoadArguments) -> Result<Report, CliError> {
    if let (Some(url), Some(token)) = (&load.url, &load.token) {
        let client = http::outbound(TIMEOUT).map_err(LoadError::Client)?;
        return Ok(send_all(load, Caller::new(client, url, token)).await?);
    }
    let port = arguments.port.unwrap_or(0);
    let stack = Stack::start(arguments.options(port)).await?;
    let caller = if shop::is_in(stack.template()) {
        embedded(&stack, load).map_err(CliError::from)
    } else {
        Err(CliError::NotTheShop)
    };
    let report = match caller {
        Ok(caller) => send_all(load, caller).await.map_err(CliError::from),
        Err(error) => Err(error),
    };
    stack.shutdown().await;
    report
}

/// A caller of `stack`, whose token outlives the load.
fn embedded(stack: &RunningStack, load: &LoadArguments) -> Result<Caller, LoadError> {
    let scope = shop::in_tokens(stack.template(), SCOPE);
    let lifetime = Duration::from_secs(load.seconds.into()) + GRACE;
    let expires_in = i64::try_from(lifetime.as_secs()).unwrap_or(i64::MAX);
    let token =
        stack.issuer().token(&TokenRequest { expires_in, ..TokenRequest::new("load", scope.as_str()) })?;
    let client = http::client(TIMEOUT).map_err(LoadError::Client)?;
    Ok(Caller::new(client, stack.base_url(), &token))
}

/// The orders that can be confirmed.
type Created = Arc<Mutex<VecDeque<String>>>;

async fn send_all(load: &LoadArguments, caller: Caller) -> Result<Report, LoadError> {
    caller.prepare().await?;
    let created = Created::default();
    let mut commands = JoinSet::new();
    let start = Instant::now();
    let mut report = Report::new(load);
    let mut add = |command: Result<(Sample, Instant), JoinError>| {
        let (sample, answered) = command.map_err(LoadError::Task)?;
        report.add(sample, answered - start);
        Ok::<_, LoadError>(())
    };
    for number in 0..u64::from(load.rate) * u64::from(load.seconds) {
        let nanoseconds = number.saturating_mul(1_000_000_000) / u64::from(load.rate);
        let intended = start + Duration::from_nanos(nanoseconds);
        sleep_until(intended).await;
        let confirmed = if is_confirmation(number) { next(&created) } else { None };
        let is_watched = is_watched(number, load.rate);
        commands.spawn(send(caller.clone(), confirmed, intended, is_watched, created.clone()));
        // A finished task keeps its memory until it is joined.
        while let Some(command) = commands.try_join_next() {
            add(command)?;
        }
    }
    // Every command ends within its timeout, so this loop ends.
    while let Some(command) = commands.join_next().await {
        add(command)?;
    }
    Ok(report)
}

/// Whether the command with this number confirms an order, if an order can be confirmed. Every second command does.
const fn is_confirmation(number: u64) -> bool {
    number % 2 == 1
}

/// Whether the load measures the lag of the view after the command with this number. The step between two such commands
/// is odd. An even step would skip all confirmations.
fn is_watched(number: u64, rate: u32) -> bool {
    let step = rate.div_ceil(WATCHED_PER_SECOND) | 1;
    number.is_multiple_of(step.into())
}

fn next(created: &Created) -> Option<String> {
    created.lock().unwrap_or_else(PoisonError::into_inner).pop_front()
}

/// Confirms the order `confirmed`, or creates one if there is none to confirm. Returns the time of the answer too.
async fn send(
    caller: Caller,
    confirmed: Option<String>,
    intended: Instant,
    is_watched: bool,
    created: Created,
) -> (Sample, Instant) {
    let receipt = match &confirmed {
        Some(order) => caller.confirm(order).await,
        None => caller.create().await,
    };
    let answered = Instant::now();
    let Receipt { order, version } = match receipt {
        Ok(receipt) => receipt,
        Err(refusal) => return (Sample { latency: Err(refusal), lag: None }, answered),
    };
    // The order must not wait for its view, because the share of confirmations would then depend on the lag.
    if confirmed.is_none() {
        created.lock().unwrap_or_else(PoisonError::into_inner).push_back(order.clone());
    }
    let lag = if is_watched {
        Some(caller.wait_for_view(&order, version).await.map(|()| answered.elapsed()))
    } else {
        None
    };
    (Sample { latency: Ok(answered - intended), lag }, answered)
}

#[cfg(test)]
mod tests;
