//! Executes up to [`MAX_COMMANDS`] commands in one request. Each command becomes the equivalent single request: the
//! handler of that request executes the command, and the answer has one result per command. If a client repeats the
//! batch with the same idempotency key, a command that succeeded gets its first answer again, and a refused command is
//! tried again.

mod command;
mod lanes;
mod result;

use std::future::ready;

use crate::create_order::PriceSource;
use es_core::{EventAppender, EventReader, IdempotencyKey};
use futures::stream::{self, StreamExt};
use http_api::{Answer, ApiError, Gateway, GatewayResponse, Request, respond};
use serde::Deserialize;
use serde_json::{Value, json};

use command::{BatchCommand, Operation};

/// The most commands in one batch.
pub const MAX_COMMANDS: usize = 100;
/// How many commands are executed concurrently.
pub const CONCURRENCY: usize = 10;

/// Answers `POST /commands/orders:batch`. `prices` says where the prices of new orders come from.
pub async fn handle<S: EventReader + EventAppender>(
    store: &S,
    prices: PriceSource,
    request: &Request,
) -> GatewayResponse {
    respond("submit-batch", request, submit(store, prices, request)).await
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Commands {
    commands: Vec<Value>,
}

async fn submit<S: EventReader + EventAppender>(
    store: &S,
    prices: PriceSource,
    request: &Request,
) -> Result<Answer, ApiError> {
    let Commands { commands } = request.json()?;
    let refused = |code, detail: &str| Err(ApiError::invalid("commands", code, detail));
    match commands.len() {
        0 => return refused("commands-missing", "must have at least one command"),
        1..=MAX_COMMANDS => {}
        _ => {
            let detail = format!("must have at most {MAX_COMMANDS} commands; split the batch");
            return refused("commands-too-many", &detail);
        }
    }
    // Without the header, the metadata have a generated key. A repeated request would get a different one, so the
    // commands must not derive their keys from it.
    let key = Some(request.metadata()?.key).filter(|_| request.header("Idempotency-Key").is_some());
    let mut frame = request.gateway().clone();
    frame.body = None;
    let batch = Batch { store, prices, request, frame, key };
    let lanes = lanes::by_order(commands).into_iter().map(|lane| batch.carry_out(lane));
    let mut results: Vec<_> = stream::iter(lanes).buffer_unordered(CONCURRENCY).concat().await;
    results.sort_unstable_by_key(|(index, _)| *index);
    let results: Vec<_> = results.into_iter().map(|(_, result)| result).collect();
    Answer::ok(&json!({ "results": results }))
}

/// The data that all commands of one batch share.
struct Batch<'a, S> {
    store: &'a S,
    prices: PriceSource,
    request: &'a Request,
    /// The batch's payload without its body. Each command's payload starts as a copy of it.
    frame: Gateway,
    /// The batch's idempotency key, if the client sent one.
    key: Option<IdempotencyKey>,
}

impl<S: EventReader + EventAppender> Batch<'_, S> {
    /// Executes the commands of one lane in sequence. Returns each result with its index in the batch.
    async fn carry_out(&self, lane: Vec<(usize, Value)>) -> Vec<(usize, Value)> {
        let mut results = Vec::with_capacity(lane.len());
        for (index, entry) in lane {
            let response = match self.part(index, entry) {
                Ok((operation, part)) => self.handle(operation, &part).await,
                Err(failure) => respond("submit-batch", self.request, ready(Err(failure))).await,
            };
            results.push((index, result::from_response(&response)));
        }
        results
    }

    /// Converts one element of the batch into its equivalent single request.
    ///
    /// # Errors
    /// Those of [`BatchCommand::read`] and [`BatchCommand::payload`].
    fn part(&self, index: usize, entry: Value) -> Result<(Operation, Request), ApiError> {
        let own = self.key.as_ref().map(|key| format!("{key}:{index}"));
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
