//! Executes up to [`MAX_COMMANDS`] commands in one request. Each command becomes the equivalent single request: the
//! handler of that request executes the command, and the answer has one result per command. If a client repeats the
//! batch with the same idempotency key, a command that succeeded gets its first answer again, and a refused command is
//! tried again.
//!
//! A batch that runs out of time still answers. It begins no command in its last seconds. Shortly before the end it
//! cuts off the commands that have not ended. The answer reports the commands of both kinds.

mod command;
mod lanes;
mod result;

use std::future::ready;
use std::time::Duration;

use crate::create_order::PriceSource;
use es_core::{EventAppender, EventReader, IdempotencyKey, StrictValue};
use futures::stream::{self, StreamExt};
use http_api::{Answer, ApiError, Gateway, GatewayResponse, Problem, Request, respond};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::time::timeout;

use command::{BatchCommand, Operation};

/// The most commands in one batch.
pub const MAX_COMMANDS: usize = 100;
/// How many commands are executed concurrently.
pub const CONCURRENCY: usize = 10;
/// A batch begins no command in this last part of its invocation, because a command that has begun should end. If the
/// invocation has less than twice this time, the last part is half of the invocation.
pub const LAST_START: Duration = Duration::from_secs(3);
/// A batch waits for no command in this last part of its invocation, because the response needs this time. It is longer
/// than the part in which [`respond`] cuts off the whole batch.
const LAST_WAIT: Duration = Duration::from_millis(500);

/// Answers `POST /commands/orders:batch`. `prices` says where the prices of new orders come from.
pub async fn handle<S: EventReader + EventAppender>(
    store: &S,
    prices: &PriceSource,
    request: &Request,
) -> GatewayResponse {
    respond("submit-batch", request, submit(store, prices, request)).await
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Commands {
    commands: Vec<StrictValue>,
}

async fn submit<S: EventReader + EventAppender>(
    store: &S,
    prices: &PriceSource,
    request: &Request,
) -> Result<Answer, ApiError> {
    let Commands { commands } = request.json()?;
    let commands: Vec<Value> = commands.into_iter().map(|StrictValue(command)| command).collect();
    let refused = |code, detail: &str| Err(ApiError::invalid("commands", code, detail));
    match commands.len() {
        0 => return refused("commands-missing", "must have at least one command"),
        1..=MAX_COMMANDS => {}
        _ => {
            let detail = format!("must have at most {MAX_COMMANDS} commands; split the batch");
            return refused("commands-too-many", &detail);
        }
    }
    request.refuse_preconditions("a batch has no version; send if_match with a command instead")?;
    request.caller()?;
    let key = request.given_key()?;
    let mut frame = request.gateway().clone();
    frame.body = None;
    let last_start = LAST_START.min(request.time_left() / 2);
    let batch = Batch { store, prices, request, frame, key, last_start };
    let lanes = lanes::by_order(commands).into_iter().map(|lane| batch.carry_out(lane));
    let mut results: Vec<_> = stream::iter(lanes).buffer_unordered(CONCURRENCY).concat().await;
    results.sort_unstable_by_key(|(index, _)| *index);
    let is_late = results.iter().any(|(_, result)| !result.is_complete);
    let results: Vec<_> = results.into_iter().map(|(_, result)| result.body).collect();
    let answer = Answer::ok(&json!({ "results": results }))?;
    Ok(if is_late { answer.retry_after(1) } else { answer })
}

/// The result of one command.
struct CommandResult {
    body: Value,
    /// Whether the command has begun and ended in time.
    is_complete: bool,
}

/// The data that all commands of one batch share.
struct Batch<'a, S> {
    store: &'a S,
    prices: &'a PriceSource,
    request: &'a Request,
    /// The batch's payload without its body. Each command's payload starts as a copy of it.
    frame: Gateway,
    /// The batch's idempotency key, if the client sent one.
    key: Option<IdempotencyKey>,
    /// How much time must be left to begin a command.
    last_start: Duration,
}

impl<S: EventReader + EventAppender> Batch<'_, S> {
    /// Executes the commands of one lane in sequence. Returns each result with its index in the batch.
    async fn carry_out(&self, lane: Vec<(usize, Value)>) -> Vec<(usize, CommandResult)> {
        let mut results = Vec::with_capacity(lane.len());
        for (index, entry) in lane {
            let response = if self.request.time_left() >= self.last_start {
                self.attempt(index, entry).await
            } else {
                Err(Problem::NotAttempted.into())
            };
            let is_complete = response.is_ok();
            let response = match response {
                Ok(response) => response,
                Err(failure) => self.refuse(failure).await,
            };
            results.push((index, CommandResult { body: result::from_response(&response), is_complete }));
        }
        results
    }

    /// Executes one command.
    ///
    /// # Errors
    /// [`Problem::Internal`] if the command has not ended shortly before the end of the invocation. The command is cut
    /// off then. It may have taken effect, like a single command whose function Lambda ends. The answer is the same:
    /// 500, try again.
    async fn attempt(&self, index: usize, entry: Value) -> Result<GatewayResponse, ApiError> {
        let (operation, part) = match self.part(index, entry) {
            Ok(read) => read,
            Err(failure) => return Ok(self.refuse(failure).await),
        };
        let limit = self.request.time_left().saturating_sub(LAST_WAIT);
        timeout(limit, self.handle(operation, &part)).await.map_err(|_| ApiError::cut_off())
    }

    async fn refuse(&self, failure: ApiError) -> GatewayResponse {
        respond("submit-batch", self.request, ready(Err(failure))).await
    }

    /// Converts one element of the batch into its equivalent single request.
    ///
    /// # Errors
    /// Those of [`BatchCommand::read`] and [`BatchCommand::payload`].
    fn part(&self, index: usize, entry: Value) -> Result<(Operation, Request), ApiError> {
        let own = self.key.as_ref().map(|key| key.for_part(index).to_string());
        let (operation, gateway) = BatchCommand::read(entry)?.payload(&self.frame, own)?;
        Ok((operation, self.request.part(gateway)))
    }

    /// Answers a single request with the handler of `operation`.
    async fn handle(&self, operation: Operation, part: &Request) -> GatewayResponse {
        match operation {
            Operation::Create => crate::create_order::handle(self.store, self.prices, part).await,
            Operation::Confirm => crate::confirm_order::handle(self.store, part).await,
            Operation::Ship => crate::ship_order::handle(self.store, part).await,
            Operation::Deliver => crate::deliver_order::handle(self.store, part).await,
            Operation::Cancel => crate::cancel_order::handle(self.store, part).await,
        }
    }
}
