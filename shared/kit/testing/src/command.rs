//! The contract of every command function, with one function for each obligation.
//!
//! [`command_contract!`](crate::command_contract) makes a test of each obligation.

use std::num::NonZeroU16;

use es_core::{EventAppender, EventReader, Segment};
use event_store::DynamoEventStore;
use http_api::{Api, GatewayEvent, GatewayResponse, Request};
use serde_json::{Value, json};

use crate::InMemoryEventStore;
use crate::dynamodb::LocalDynamoDb;
use crate::gateway::{self, Answered, anonymous, signed_in};

/// The command functions of one API, in a form that a test can call.
pub trait CommandFunctions {
    /// The scopes of a customer's token.
    const CUSTOMER_SCOPES: &'static str;

    /// The API that the functions belong to.
    fn api(&self) -> Api;

    /// Responds to `request` as the function `name` does.
    fn answer<S: EventReader + EventAppender>(
        &self,
        name: &str,
        store: &S,
        request: &Request,
    ) -> impl Future<Output = GatewayResponse>;

    /// All sample requests of the function `name`, each with the sample's name.
    fn samples(&self, name: &str) -> Vec<(String, GatewayEvent)> {
        gateway::samples(name)
    }
}

/// One command function, and what its contract needs to know about the function.
#[derive(Debug, Clone, Copy)]
pub struct CommandContract<F> {
    /// The API's functions.
    pub functions: F,
    /// The function's name.
    pub name: &'static str,
    /// The functions whose samples must be sent before the command.
    pub after: &'static [&'static str],
    /// The name of a sample that has an idempotency key.
    pub sample: &'static str,
    /// The member of the receipt that holds the aggregate's id.
    pub id: &'static str,
    /// The HTTP status, the version and the aggregate's status in the response to every sample.
    pub answer: (i64, u64, &'static str),
    /// The requests that the command sends to the event table.
    pub costs: &'static [&'static str],
    /// The code of the problem that a customer without access gets.
    pub refusal: &'static str,
}

/// Makes a test for every obligation of [`command`](crate::command) on the
/// [`CommandContract`](crate::command::CommandContract)
/// `$command`. If obligations are listed after the command, only these become tests.
///
/// The calling crate needs `tokio` with `macros` and `rt`.
#[macro_export]
macro_rules! command_contract {
    ($command:expr) => {
        $crate::command_contract! { $command;
            a_repeated_request_gets_the_first_response
            a_stale_version_is_refused
            a_caller_without_access_is_refused_without_details
            another_request_under_the_same_key_is_refused
            the_same_key_of_another_caller_is_another_key
            every_sample_succeeds
            the_command_costs_what_it_declares
            an_anonymous_request_is_refused
            a_missing_aggregate_is_not_found
        }
    };
    ($command:expr; $($obligation:ident)+) => {
        $(
            #[tokio::test]
            async fn $obligation() {
                $crate::command::$obligation(&$command).await;
            }
        )+
    };
}

impl<F: CommandFunctions> CommandContract<F> {
    /// Sends the samples that must come before the command.
    pub async fn prepare(&self, store: &(impl EventReader + EventAppender)) {
        for function in self.after {
            for (name, event) in self.functions.samples(function) {
                let status = self.answered_by(function, store, event).await.status;
                assert!((200..300).contains(&status), "{function} answers {name} with {status}");
            }
        }
    }

    async fn prepared(&self) -> InMemoryEventStore {
        let store = InMemoryEventStore::default();
        self.prepare(&store).await;
        store
    }

    fn event(&self) -> GatewayEvent {
        let mut samples = self.functions.samples(self.name).into_iter();
        let (_, event) = samples.find(|(name, _)| name == self.sample).unwrap();
        assert!(event.payload.headers.contains_key("idempotency-key"), "{} has no key", self.sample);
        event
    }

    /// How often the command sends a `request` to the event table.
    fn costing(&self, request: &str) -> usize {
        self.costs.iter().filter(|cost| **cost == request).count()
    }

    async fn answered(&self, store: &(impl EventReader + EventAppender), event: GatewayEvent) -> Answered {
        self.answered_by(self.name, store, event).await
    }

    async fn answered_by(
        &self,
        function: &str,
        store: &(impl EventReader + EventAppender),
        event: GatewayEvent,
    ) -> Answered {
        let request = self.functions.api().request(event);
        self.functions.answer(function, store, &request).await.into()
    }

    /// Asserts that `event` is refused with the problem `code` and changes nothing in `store`.
    async fn is_refused(
        &self,
        store: &InMemoryEventStore,
        event: GatewayEvent,
        (status, code): (i64, &str),
    ) -> Answered {
        let before = commits(store).await;
        let refused = self.answered(store, event).await;
        let problem = json!(format!("{}{code}", self.functions.api().problem_types));
        assert_eq!((refused.status, &refused.body["type"]), (status, &problem), "{}", refused.body);
        assert_eq!(commits(store).await, before);
        refused
    }
}

/// The number of commits in `store`.
async fn commits(store: &InMemoryEventStore) -> usize {
    let all = Segment { index: 0, total: 1 };
    store.load_all(all, None, NonZeroU16::MAX).await.unwrap().commits.len()
}

fn if_match(mut event: GatewayEvent, tag: Option<&str>) -> GatewayEvent {
    event.payload.headers.remove("if-match");
    if let Some(tag) = tag {
        event.payload.headers.insert("if-match", tag.parse().unwrap());
    }
    event
}

/// Every sample of the function makes one commit, with as many loads as declared. The receipt has the id, the version
/// and the status of the aggregate.
pub async fn every_sample_succeeds<F: CommandFunctions>(command: &CommandContract<F>) {
    for (name, event) in command.functions.samples(command.name) {
        let store = command.prepared().await;
        let (before, loads) = (commits(&store).await, store.loads());
        let id = event.payload.path_parameters.get("id").cloned();
        let answered = command.answered(&store, event).await;
        let (code, version, status) = command.answer;
        assert_eq!(answered.status, code, "{name}: {}", answered.body);
        let id = id.map_or_else(|| answered.body[command.id].clone(), Value::from);
        assert_eq!(answered.body, json!({command.id: id, "version": version, "status": status}), "{name}");
        assert_eq!(answered.header("etag"), format!("\"{version}\""), "{name}");
        assert_eq!(
            (commits(&store).await, store.loads()),
            (before + 1, loads + command.costing("Query")),
            "{name}"
        );
    }
}

/// A repeated request gets the first response, marked as a repeat, and makes no commit.
pub async fn a_repeated_request_gets_the_first_response<F: CommandFunctions>(command: &CommandContract<F>) {
    let store = command.prepared().await;
    let first = command.answered(&store, command.event()).await;
    let before = commits(&store).await;
    let again = command.answered(&store, command.event()).await;
    assert_eq!((first.status, first.header("idempotent-replayed")), (command.answer.0, ""));
    assert_eq!((again.status, &again.body), (first.status, &first.body));
    assert_eq!((again.header("idempotent-replayed"), commits(&store).await), ("true", before));
}

/// A different request under the same key is refused. The two requests have different paths, because the command may
/// have no fields that could differ.
pub async fn another_request_under_the_same_key_is_refused<F: CommandFunctions>(
    command: &CommandContract<F>,
) {
    let store = command.prepared().await;
    command.answered(&store, command.event()).await;
    let mut another = command.event();
    another.payload.request_context.http.path = Some("/another".to_owned());
    command.is_refused(&store, another, (422, "idempotency-key-reused")).await;
}

/// The same request of another caller under the same key is decided on its own. Its answer may be a refusal, because
/// the first request has changed the aggregate, but it is never a repeat.
pub async fn the_same_key_of_another_caller_is_another_key<F: CommandFunctions>(
    command: &CommandContract<F>,
) {
    let store = command.prepared().await;
    command.answered(&store, command.event()).await;
    let scope = command.functions.api().admin_scope;
    let other = command.answered(&store, signed_in(command.event(), "operator-0815", scope)).await;
    assert_eq!(other.header("idempotent-replayed"), "", "{}", other.body);
    assert_ne!(other.status, 422, "{}", other.body);
}

/// A command on an aggregate that does not exist gets 404.
pub async fn a_missing_aggregate_is_not_found<F: CommandFunctions>(command: &CommandContract<F>) {
    command.is_refused(&InMemoryEventStore::default(), command.event(), (404, "not-found")).await;
}

/// A command that expects a version which the aggregate does not have gets 412. A repeated request gets its first
/// response all the same: it was carried out at the version that it expected.
pub async fn a_stale_version_is_refused<F: CommandFunctions>(command: &CommandContract<F>) {
    let event = if_match(command.event(), Some("\"99\""));
    command.is_refused(&command.prepared().await, event, (412, "stale-version")).await;
    let store = command.prepared().await;
    command.answered(&store, command.event()).await;
    let repeated = command.answered(&store, if_match(command.event(), Some("\"99\""))).await;
    let replayed = repeated.header("idempotent-replayed");
    assert_eq!((repeated.status, replayed), (command.answer.0, "true"), "{}", repeated.body);
}

/// A request without a caller gets 401 before anything is read.
pub async fn an_anonymous_request_is_refused<F: CommandFunctions>(command: &CommandContract<F>) {
    let store = command.prepared().await;
    let loads = store.loads();
    command.is_refused(&store, anonymous(command.event()), (401, "unauthenticated")).await;
    assert_eq!(store.loads(), loads);
}

/// A customer without access gets the same 403 in every state of the aggregate, even with the key of another caller's
/// request. A missing scope is refused before anything is read. An admin may send the command.
pub async fn a_caller_without_access_is_refused_without_details<F: CommandFunctions>(
    command: &CommandContract<F>,
) {
    let store = command.prepared().await;
    let (loads, refusal) = (store.loads(), (403, command.refusal));
    let stranger = || signed_in(command.event(), "user-0815", F::CUSTOMER_SCOPES);
    for tag in [None, Some("\"1\""), Some("\"99\"")] {
        let refused = command.is_refused(&store, if_match(stranger(), tag), refusal).await;
        assert_eq!(refused.body.get("detail"), None, "{tag:?}");
    }
    assert!(
        command.refusal != "forbidden" || store.loads() == loads,
        "a missing scope must be refused without a read"
    );
    let admin = signed_in(command.event(), "operator-0001", command.functions.api().admin_scope);
    assert_eq!(command.answered(&store, admin).await.status, command.answer.0);
    command.is_refused(&store, stranger(), refusal).await;
}

/// The command sends the declared requests, and reads and writes at most one unit.
pub async fn the_command_costs_what_it_declares<F: CommandFunctions>(command: &CommandContract<F>) {
    let dynamodb = LocalDynamoDb::start().await;
    let store = DynamoEventStore::new(dynamodb.client(), dynamodb.event_table().await);
    command.prepare(&store).await;
    let recorder = dynamodb.recorder();
    recorder.clear();
    assert_eq!(command.answered(&store, command.event()).await.status, command.answer.0);
    assert_eq!(recorder.requests(), command.costs);
    let (read, written) = (recorder.read_units(), recorder.write_units());
    assert!(read <= if command.costing("Query") == 0 { 0.0 } else { 1.0 }, "{read} units are read");
    assert!(written <= 1.0, "{written} units are written");
}
