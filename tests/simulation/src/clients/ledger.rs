//! The ledger: all commands that clients sent, and all answers that they got. The checks compare the stored data with
//! it.

use std::sync::Mutex;

use serde_json::Value;
use testing::gateway::Answered;

use crate::functions::{Caller, Request};
use crate::world::Dice;

/// A command that a client sent one or more times.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    /// The command. A command of a batch is stored as its equivalent single request.
    pub(crate) request: Request,
    /// The invocations in which the command was sent.
    pub(crate) invocations: Vec<String>,
    /// Whether the command was part of a batch.
    pub(crate) in_batch: bool,
    /// Whether the client sent the command twice at the same time.
    pub(crate) is_doubled: bool,
    /// The answers to the command.
    pub(crate) told: Vec<Told>,
}

/// An answer to a command.
#[derive(Debug, Clone)]
pub(crate) struct Told {
    pub(crate) invocation: String,
    pub(crate) status: i64,
    pub(crate) body: Value,
}

/// An answer to a query for an order.
#[derive(Debug, Clone)]
pub(crate) struct Seen {
    pub(crate) order: String,
    /// The version for which the caller waited.
    pub(crate) asked: u64,
    pub(crate) status: i64,
    /// Whether the answer says that the view has not reached the version yet.
    pub(crate) is_early: bool,
    pub(crate) view: Value,
}

/// The clients' knowledge of an order.
#[derive(Debug, Clone)]
pub(crate) struct KnownOrder {
    pub(crate) id: String,
    pub(crate) owner: String,
    pub(crate) version: u64,
    pub(crate) status: String,
}

impl Told {
    /// Whether a later attempt of the same command may get another answer.
    pub(crate) fn is_passing(&self) -> bool {
        let problem = self.body["type"].as_str().unwrap_or_default();
        ["contended", "throttled", "internal"].iter().any(|passing| problem.ends_with(passing))
    }
}

/// All commands and answers of a run.
#[derive(Debug, Default)]
pub(crate) struct Ledger(Mutex<Book>);

#[derive(Debug, Default)]
struct Book {
    asked: Vec<Asked>,
    seen: Vec<Seen>,
    orders: Vec<KnownOrder>,
}

impl Ledger {
    /// Records that `request` is about to be sent. Returns the indexes of its commands.
    pub(super) fn open(&self, request: &Request) -> Vec<usize> {
        let commands = match request.route {
            "submit-batch" => commands(request),
            _ => vec![request.clone()],
        };
        let in_batch = request.route == "submit-batch";
        let mut book = self.0.lock().unwrap();
        let first = book.asked.len();
        let asked = |request| Asked {
            request,
            invocations: Vec::new(),
            in_batch,
            is_doubled: false,
            told: Vec::new(),
        };
        book.asked.extend(commands.into_iter().map(asked));
        (first..book.asked.len()).collect()
    }

    /// Records that the commands at `places` are sent in `invocation`.
    pub(super) fn sent(&self, places: &[usize], invocation: &str) {
        let mut book = self.0.lock().unwrap();
        for place in places {
            book.asked[*place].invocations.push(invocation.to_owned());
        }
    }

    /// Records that the commands at `places` are sent twice at the same time.
    pub(super) fn doubled(&self, places: &[usize]) {
        let mut book = self.0.lock().unwrap();
        for place in places {
            book.asked[*place].is_doubled = true;
        }
    }

    /// Records the answers to the commands at `places` in `invocation`. Returns whether all answers are final.
    pub(super) fn told(&self, places: &[usize], invocation: &str, answered: &Answered) -> bool {
        let mut book = self.0.lock().unwrap();
        let mut is_final = answered.status < 500;
        for (index, place) in places.iter().enumerate() {
            let told = if book.asked[*place].in_batch {
                let Value::Object(result) = &answered.body["results"][index] else { continue };
                let body = result.get("receipt").or_else(|| result.get("problem")).cloned();
                (result["status"].as_i64().unwrap(), body.unwrap_or_default())
            } else {
                (answered.status, answered.body.clone())
            };
            let told = Told { invocation: invocation.to_owned(), status: told.0, body: told.1 };
            is_final &= !told.is_passing();
            let owner = owner(&book.asked[*place].request);
            book.learn(owner, &told);
            book.asked[*place].told.push(told);
        }
        is_final
    }

    /// An earlier command of `caller` with an idempotency key, and its indexes.
    pub(super) fn any_earlier(&self, caller: &Caller, dice: &Dice) -> Option<(Vec<usize>, Request)> {
        let book = self.0.lock().unwrap();
        let is_own =
            |asked: &Asked| asked.request.caller == *caller && asked.request.key.is_some() && !asked.in_batch;
        let own: Vec<_> = book.asked.iter().enumerate().filter(|(_, asked)| is_own(asked)).collect();
        if own.is_empty() {
            return None;
        }
        let (place, asked) = dice.one(&own);
        Some((vec![*place], asked.request.clone()))
    }

    pub(super) fn saw(&self, seen: Seen) {
        self.0.lock().unwrap().seen.push(seen);
    }

    /// An idempotency key that was used before.
    pub(super) fn any_key(&self, dice: &Dice) -> Option<String> {
        let book = self.0.lock().unwrap();
        if book.asked.is_empty() { None } else { dice.one(&book.asked).request.key.clone() }
    }

    pub(crate) fn orders(&self) -> Vec<KnownOrder> {
        self.0.lock().unwrap().orders.clone()
    }

    pub(crate) fn asked(&self) -> Vec<Asked> {
        self.0.lock().unwrap().asked.clone()
    }

    pub(crate) fn seen(&self) -> Vec<Seen> {
        self.0.lock().unwrap().seen.clone()
    }
}

impl Book {
    fn learn(&mut self, owner: Option<String>, told: &Told) {
        let (Some(id), Some(version)) = (told.body["order_id"].as_str(), told.body["version"].as_u64())
        else {
            return;
        };
        let status = told.body["status"].as_str().unwrap_or_default().to_owned();
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
fn owner(request: &Request) -> Option<String> {
    let named = request.body["user_id"].as_str().map(ToOwned::to_owned);
    named.or_else(|| (request.route == "create-order").then(|| request.caller.subject.clone()))
}

/// The commands of a batch as their equivalent single requests.
fn commands(batch: &Request) -> Vec<Request> {
    let command = |(index, fields): (usize, &Value)| {
        let routes = ["create-order", "confirm-order", "ship-order", "deliver-order", "cancel-order"];
        let mut its =
            routes.into_iter().filter(|route| fields["operation"] == route.trim_end_matches("-order"));
        let route = its.next().unwrap();
        let own = fields["idempotency_key"].as_str().map(ToOwned::to_owned);
        let key = own.or_else(|| batch.key.as_ref().map(|key| format!("{key}:{index}")));
        let id = fields["order_id"].as_str().map(ToOwned::to_owned);
        Request { id, key, body: fields.clone(), ..Request::new(route, batch.caller.clone()) }
    };
    batch.body["commands"].as_array().unwrap().iter().enumerate().map(command).collect()
}
