//! Carries out up to [`MAX_COMMANDS`] commands of one request. Each is the request that it would be alone, handled by the
//! function that would handle it, and answered on its own. Where the batch is repeated under its key, what was carried
//! out is answered as the first time, and what was refused is tried anew.

mod command;
mod lanes;
mod result;

use std::future::ready;

use crate::create_order::PriceSource;
use es_core::{EventAppender, EventReader, IdempotencyKey};
use futures::stream::{self, StreamExt};
use http_api::{Answer, Failure, Gateway, GatewayResponse, Request, respond};
use serde::Deserialize;
use serde_json::{Value, json};

use command::{Command, Operation};

/// The most commands in one batch.
pub const MAX_COMMANDS: usize = 100;
/// How many commands are carried out at a time.
pub const CONCURRENCY: usize = 10;

/// Answers `POST /commands/orders:batch`, with prices from `prices`.
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
) -> Result<Answer, Failure> {
    let Commands { commands } = request.json()?;
    let refused = |code, detail: &str| Err(Failure::invalid("commands", code, detail));
    match commands.len() {
        0 => return refused("commands-missing", "a batch has at least one command"),
        1..=MAX_COMMANDS => {}
        _ => return refused("commands-too-many", &format!("a batch has at most {MAX_COMMANDS} commands")),
    }
    // Without the header the metadata have a key that no other request has: it makes no repeat safe.
    let key = Some(request.metadata()?.key).filter(|_| request.header("Idempotency-Key").is_some());
    let mut frame = request.gateway().clone();
    frame.body = None;
    let batch = Batch { store, prices, request, frame, key };
    let lanes = lanes::of(commands).into_iter().map(|lane| batch.carry_out(lane));
    let mut results: Vec<_> = stream::iter(lanes).buffer_unordered(CONCURRENCY).concat().await;
    results.sort_unstable_by_key(|(index, _)| *index);
    let results: Vec<_> = results.into_iter().map(|(_, result)| result).collect();
    Answer::ok(&json!({ "results": results }))
}

/// What the commands of one batch share.
struct Batch<'a, S> {
    store: &'a S,
    prices: PriceSource,
    request: &'a Request,
    /// The batch's own payload, without its body: what a command's payload is made of.
    frame: Gateway,
    /// The batch's idempotency key, where it has one.
    key: Option<IdempotencyKey>,
}

impl<S: EventReader + EventAppender> Batch<'_, S> {
    /// Carries out commands one after the other; their results with their places in the batch.
    async fn carry_out(&self, lane: Vec<(usize, Value)>) -> Vec<(usize, Value)> {
        let mut results = Vec::with_capacity(lane.len());
        for (index, entry) in lane {
            let response = match self.part(index, entry) {
                Ok((operation, part)) => self.handle(operation, &part).await,
                Err(failure) => respond("submit-batch", self.request, ready(Err(failure))).await,
            };
            results.push((index, result::of(&response)));
        }
        results
    }

    fn part(&self, index: usize, entry: Value) -> Result<(Operation, Request), Failure> {
        let own = self.key.as_ref().map(|key| format!("{key}:{index}"));
        let (operation, gateway) = Command::read(entry)?.payload(&self.frame, own)?;
        Ok((operation, self.request.part(gateway)))
    }

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
