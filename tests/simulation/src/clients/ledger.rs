//! The ledger: all commands that clients sent, and all answers that they got. The checks compare the stored data with
//! the ledger.

use std::ops::Range;
use std::sync::Mutex;

use es_core::IdempotencyKey;
use serde_json::Value;
use testing::gateway::Answered;

use crate::functions::{SimulatedCaller, SimulatedRequest};
use crate::world::Random;

/// A command that a client sent one or more times.
#[derive(Debug, Clone)]
pub(crate) struct SentCommand {
    /// The command. A command of a batch is stored as its equivalent single request.
    pub(crate) request: SimulatedRequest,
    /// The invocations in which the command was sent.
    pub(crate) invocations: Vec<SentInvocation>,
    /// Whether the command was part of a batch.
    pub(crate) in_batch: bool,
    /// Whether the client sent the command twice at the same time.
    pub(crate) is_sent_twice: bool,
    /// The answers to the command.
    pub(crate) answers: Vec<CommandAnswer>,
}

/// An invocation in which a command was sent.
#[derive(Debug, Clone)]
pub(crate) struct SentInvocation {
    pub(crate) id: String,
    /// The position of the commit log when the request was sent.
    pub(crate) began: usize,
    /// When the request was sent, in microseconds since the Unix epoch.
    pub(crate) sent_at: i64,
}

/// An answer to a command.
#[derive(Debug, Clone)]
pub(crate) struct CommandAnswer {
    /// The invocation that answered.
    pub(crate) invocation: String,
    /// The HTTP status.
    pub(crate) status: i64,
    /// The receipt or the problem.
    pub(crate) body: Value,
    /// Whether the answer says that an earlier request had executed the command.
    pub(crate) is_replay: bool,
    /// When the answer arrived, in microseconds since the Unix epoch.
    pub(crate) at: i64,
    /// The positions of the commit log when the request was sent and when the answer arrived.
    pub(crate) during: Range<usize>,
}

/// What a client receives for a request.
pub(super) struct Reception<'a> {
    pub(super) answered: &'a Answered,
    /// See [`CommandAnswer::at`].
    pub(super) at: i64,
    /// See [`CommandAnswer::during`].
    pub(super) during: Range<usize>,
}

/// An answer to a query for an order.
#[derive(Debug, Clone)]
pub(crate) struct QueryAnswer {
    /// The order's id.
    pub(crate) order: String,
    /// The version for which the caller waited.
    pub(crate) min_version: u64,
    /// The HTTP status.
    pub(crate) status: i64,
    /// Whether the answer says that the view has not reached the version yet.
    pub(crate) is_early: bool,
    /// The view, or the problem if the query failed.
    pub(crate) view: Value,
}

/// What a client saw in the answers to one query.
#[derive(Debug, Clone)]
pub(crate) struct Observation {
    /// The request for the first page.
    pub(crate) request: SimulatedRequest,
    /// The property that every listed order must have: an attribute of the view, or `q`, and its value.
    pub(crate) filter: Option<(&'static str, String)>,
    /// The version for which the client waited.
    pub(crate) min_version: u64,
    /// The entries of all pages that the client read, or the view.
    pub(crate) entries: Vec<Value>,
    /// The status and the body of the answer that was not a success, if there was one.
    pub(crate) failure: Option<(i64, Value)>,
    /// Whether the answer says that the view has not reached the version yet.
    pub(crate) is_early: bool,
    /// The positions of the commit log when the first request was sent and when the last answer arrived.
    pub(crate) during: Range<usize>,
}

/// The clients' knowledge of an order.
#[derive(Debug, Clone)]
pub(crate) struct KnownOrder {
    pub(crate) id: String,
    /// The order's customer.
    pub(crate) owner: String,
    /// The latest version in an answer.
    pub(crate) version: u64,
    /// The order's status at that version.
    pub(crate) status: String,
}

impl CommandAnswer {
    /// Whether a later attempt of the same command may get another answer, because the problem is temporary.
    pub(crate) fn may_change(&self) -> bool {
        ["contended", "throttled", "not-attempted", "internal"].iter().any(|code| self.has_problem(code))
    }

    /// Whether the answer is the problem `code`.
    pub(crate) fn has_problem(&self, code: &str) -> bool {
        self.body["type"].as_str().unwrap_or_default().ends_with(code)
    }
}

/// All commands and answers of a run.
#[derive(Debug, Default)]
pub(crate) struct Ledger(Mutex<LedgerState>);

/// The content of the ledger.
#[derive(Debug, Default)]
struct LedgerState {
    commands: Vec<SentCommand>,
    queries: Vec<QueryAnswer>,
    observations: Vec<Observation>,
    orders: Vec<KnownOrder>,
}

impl Ledger {
    /// Records that `request` is about to be sent. Returns the indexes of its commands.
    pub(super) fn record_commands(&self, request: &SimulatedRequest) -> Vec<usize> {
        let commands = match request.route {
            "submit-batch" => commands(request),
            _ => vec![request.clone()],
        };
        let in_batch = request.route == "submit-batch";
        let mut state = self.0.lock().unwrap();
        let first = state.commands.len();
        let command = |request| SentCommand {
            request,
            invocations: Vec::new(),
            in_batch,
            is_sent_twice: false,
            answers: Vec::new(),
        };
        state.commands.extend(commands.into_iter().map(command));
        (first..state.commands.len()).collect()
    }

    /// Records that the commands at `indexes` are sent in `invocation`.
    pub(super) fn record_invocation(&self, indexes: &[usize], invocation: &SentInvocation) {
        let mut state = self.0.lock().unwrap();
        for index in indexes {
            state.commands[*index].invocations.push(invocation.clone());
        }
    }

    /// Records that the commands at `indexes` are sent twice at the same time.
    pub(super) fn record_simultaneous_sends(&self, indexes: &[usize]) {
        let mut state = self.0.lock().unwrap();
        for index in indexes {
            state.commands[*index].is_sent_twice = true;
        }
    }

    /// Records the answers to the commands at `indexes` in `invocation`. Returns whether all answers are final.
    pub(super) fn record_answers(
        &self,
        indexes: &[usize],
        invocation: &str,
        Reception { answered, at, during }: Reception<'_>,
    ) -> bool {
        let mut state = self.0.lock().unwrap();
        let mut is_final = answered.status < 500;
        for (number, index) in indexes.iter().enumerate() {
            let (status, body, is_replay) = if state.commands[*index].in_batch {
                let Value::Object(result) = &answered.body["results"][number] else { continue };
                let body = result.get("receipt").or_else(|| result.get("problem")).cloned();
                (
                    result["status"].as_i64().unwrap(),
                    body.unwrap_or_default(),
                    result.get("replayed") == Some(&true.into()),
                )
            } else {
                (answered.status, answered.body.clone(), answered.header("idempotent-replayed") == "true")
            };
            let (invocation, during) = (invocation.to_owned(), during.clone());
            let answer = CommandAnswer { invocation, status, body, is_replay, at, during };
            is_final &= !answer.may_change();
            let owner = owner(&state.commands[*index].request);
            state.update_order(owner, &answer);
            state.commands[*index].answers.push(answer);
        }
        is_final
    }

    /// An earlier command of `caller` with an idempotency key, and its indexes.
    pub(super) fn any_earlier(
        &self,
        caller: &SimulatedCaller,
        random: &Random,
    ) -> Option<(Vec<usize>, SimulatedRequest)> {
        let state = self.0.lock().unwrap();
        let is_own = |sent: &SentCommand| {
            sent.request.caller == *caller && sent.request.key.is_some() && !sent.in_batch
        };
        let own: Vec<_> = state.commands.iter().enumerate().filter(|(_, sent)| is_own(sent)).collect();
        if own.is_empty() {
            return None;
        }
        let (index, sent) = random.one(&own);
        Some((vec![*index], sent.request.clone()))
    }

    /// Records the answer to a query.
    pub(super) fn record_query(&self, answer: QueryAnswer) {
        self.0.lock().unwrap().queries.push(answer);
    }

    /// Records what a client saw in the answers to a query.
    pub(super) fn record_observation(&self, observation: Observation) {
        self.0.lock().unwrap().observations.push(observation);
    }

    /// The idempotency key of an earlier command; `None` if there is no command or the chosen one has no key.
    pub(super) fn any_key(&self, random: &Random) -> Option<String> {
        let state = self.0.lock().unwrap();
        if state.commands.is_empty() { None } else { random.one(&state.commands).request.key.clone() }
    }

    /// The orders that the clients know from answers.
    pub(crate) fn orders(&self) -> Vec<KnownOrder> {
        self.0.lock().unwrap().orders.clone()
    }

    /// All commands that were sent.
    pub(crate) fn commands(&self) -> Vec<SentCommand> {
        self.0.lock().unwrap().commands.clone()
    }

    /// What clients saw in the answers to other queries.
    pub(crate) fn observations(&self) -> Vec<Observation> {
        self.0.lock().unwrap().observations.clone()
    }

    /// All answers to queries for orders.
    pub(crate) fn queries(&self) -> Vec<QueryAnswer> {
        self.0.lock().unwrap().queries.clone()
    }
}

impl LedgerState {
    /// Updates the known version and status of the order that `answer` names.
    fn update_order(&mut self, owner: Option<String>, answer: &CommandAnswer) {
        let (Some(id), Some(version)) = (answer.body["order_id"].as_str(), answer.body["version"].as_u64())
        else {
            return;
        };
        let status = answer.body["status"].as_str().unwrap_or_default().to_owned();
        match self.orders.iter_mut().find(|order| order.id == id) {
            Some(known) if known.version < version => (known.version, known.status) = (version, status),
            Some(_) => {}
            None => {
                let owner = owner.unwrap_or_default();
                self.orders.push(KnownOrder { id: id.to_owned(), owner, version, status });
            }
        }
    }
}

/// The customer of a new order.
fn owner(request: &SimulatedRequest) -> Option<String> {
    let named = request.body["user_id"].as_str().map(ToOwned::to_owned);
    named.or_else(|| (request.route == "create-order").then(|| request.caller.subject.clone()))
}

/// The commands of a batch as their equivalent single requests.
fn commands(batch: &SimulatedRequest) -> Vec<SimulatedRequest> {
    let command = |(index, fields): (usize, &Value)| {
        let routes = ["create-order", "confirm-order", "ship-order", "deliver-order", "cancel-order"];
        let mut its =
            routes.into_iter().filter(|route| fields["operation"] == route.trim_end_matches("-order"));
        let route = its.next().unwrap();
        let own = fields["idempotency_key"].as_str().map(ToOwned::to_owned);
        let part = |key: &String| IdempotencyKey::try_from(key.clone()).unwrap().for_part(index).to_string();
        let key = own.or_else(|| batch.key.as_ref().map(part));
        let id = fields["order_id"].as_str().map(ToOwned::to_owned);
        SimulatedRequest {
            id,
            key,
            body: fields.clone(),
            ..SimulatedRequest::new(route, batch.caller.clone())
        }
    };
    batch.body["commands"].as_array().unwrap().iter().enumerate().map(command).collect()
}
