//! The contract of every command function, tested with the functions of a bank that opens and closes accounts.
#![cfg(test)]

use std::sync::Arc;

use es_core::{
    Category, Decider, DomainError, DomainEvent, EventAppender, EventReader, Execution, IdempotencyKey,
    Refusal, SnapshotPolicy, Timestamp, aggregate_id, execute,
};
use http_api::{
    Answer, Api, ApiError, Caller, GatewayEvent, GatewayResponse, NoFields, Request, ScopeNames, Waits,
    respond,
};
use lambda_runtime::Context;
use serde::{Deserialize, Serialize};
use serde_json::json;
use testing::StoppedClock;
use testing::command::{CommandContract, CommandFunctions};
use testing::gateway::signed_in;
use uuid::Uuid;

enum Account {}

aggregate_id! {
    struct AccountId of Account, in "a0a5a9a5-7a0c-4ef1-8a3f-5c52a36b1c51"
}

#[derive(Debug, Clone, Copy)]
enum Action {
    Open,
    Close,
}

#[derive(Serialize, Deserialize, DomainEvent)]
#[serde(tag = "type", content = "data")]
enum AccountEvent {
    Opened {
        #[personal(no)]
        owner: String,
    },
    Closed {},
}

#[derive(Clone, Default, Serialize, Deserialize)]
struct State {
    owner: Option<String>,
    closed: bool,
}

#[derive(Debug, thiserror::Error)]
#[error("refused")]
struct Refused(Refusal);

impl DomainError for Refused {
    fn refusal(&self) -> Refusal {
        self.0.clone()
    }
}

impl Decider for Account {
    const CATEGORY: Category = Category::new("account");
    const SNAPSHOT: SnapshotPolicy = SnapshotPolicy::schema(1);

    type Command = (Caller, Action);
    type Event = AccountEvent;
    type State = State;
    type Error = Refused;

    fn admit(state: &State, (by, _): &(Caller, Action)) -> Result<(), Refused> {
        match &state.owner {
            Some(owner) if !by.may_act_for(owner) => Err(Refused(Refusal::NotYours)),
            Some(_) | None => Ok(()),
        }
    }

    fn decide(state: &State, (by, action): (Caller, Action)) -> Result<Vec<AccountEvent>, Refused> {
        match (&state.owner, action) {
            (None, Action::Open) => Ok(vec![AccountEvent::Opened { owner: by.subject().to_owned() }]),
            (None, Action::Close) => Err(Refused(Refusal::NotFound)),
            (Some(_), Action::Open) => Err(Refused(Refusal::Rule { code: "account-already-exists" })),
            (Some(_), Action::Close) => Ok(vec![AccountEvent::Closed {}]),
        }
    }

    fn evolve(state: State, event: &AccountEvent) -> State {
        match event {
            AccountEvent::Opened { owner } => State { owner: Some(owner.clone()), ..state },
            AccountEvent::Closed {} => State { closed: true, ..state },
        }
    }
}

fn receipt(account: AccountId, outcome: &es_core::Outcome<State>) -> Result<Answer, ApiError> {
    let status = |state: &State| if state.closed { "closed" } else { "open" };
    Answer::receipt("account_id", &account, outcome, status)
}

async fn open(store: &(impl EventReader + EventAppender), request: &Request) -> Result<Answer, ApiError> {
    let (by, expectation, metadata) =
        (request.caller()?, request.expects_nothing_there()?, request.metadata()?);
    let account = AccountId::derived(by.subject(), &metadata.key);
    let command = (by, Action::Open);
    let execution = Execution { stream: account.stream(), command, expectation, metadata };
    let outcome = execute::<Account, _>(store, execution).await?;
    Ok(receipt(account, &outcome)?.created(&format!("/accounts/{account}")))
}

async fn close(store: &(impl EventReader + EventAppender), request: &Request) -> Result<Answer, ApiError> {
    let account: AccountId = request.path("id")?;
    let NoFields {} = request.json()?;
    let command = (request.caller()?, Action::Close);
    let outcome = request.carry_out::<Account>(store, account.stream(), command).await?;
    receipt(account, &outcome)
}

#[derive(Debug, Clone, Copy)]
struct Bank;

impl CommandFunctions for Bank {
    const CUSTOMER_SCOPES: &'static str = "accounts:write";

    fn api(&self) -> Api {
        let source = Arc::new(StoppedClock(Timestamp::MIN));
        Api {
            admin_scope: "accounts:admin",
            reader_scopes: &[],
            scope_names: ScopeNames::default(),
            problem_types: "urn:bank:problem:",
            source,
            waits: Waits::default(),
        }
    }

    async fn answer<S: EventReader + EventAppender>(
        &self,
        name: &str,
        store: &S,
        request: &Request,
    ) -> GatewayResponse {
        match name {
            "open-account" => respond("open-account", request, open(store, request)).await,
            _ => respond("close-account", request, close(store, request)).await,
        }
    }

    /// One request of a customer with the function's name as its key. The request's path names the account that the
    /// sample of `open-account` creates.
    fn samples(&self, name: &str) -> Vec<(String, GatewayEvent)> {
        let key = IdempotencyKey::try_from("open-account".to_owned()).unwrap();
        let id = AccountId::derived("user-1", &key).to_string();
        let path = if name == "open-account" { json!({}) } else { json!({ "id": id }) };
        let http = json!({"method": "POST", "path": name, "protocol": "HTTP/1.1", "sourceIp": "203.0.113.1"});
        let payload = serde_json::from_value(json!({
            "version": "2.0", "rawPath": name, "rawQueryString": "", "headers": {"idempotency-key": name},
            "pathParameters": path, "requestContext": {"http": http, "timeEpoch": 0},
            "isBase64Encoded": false,
        }));
        let mut context = Context::default();
        // The clock is stopped, so only the id of the invocation distinguishes a repeated request from the first one.
        context.request_id = Uuid::new_v4().to_string();
        let event = GatewayEvent::new(payload.unwrap(), context);
        vec![("sample".to_owned(), signed_in(event, "user-1", Self::CUSTOMER_SCOPES))]
    }
}

mod open_account {
    use super::{Bank, CommandContract};

    testing::command_contract! {
        CommandContract {
            functions: Bank,
            name: "open-account",
            after: &[],
            sample: "sample",
            id: "account_id",
            answer: (201, 1, "open"),
            costs: &["PutItem"],
            refusal: "not-yours",
        };
        a_repeated_request_gets_the_first_response
        another_request_under_the_same_key_is_refused
        the_same_key_of_another_caller_is_another_key
        every_sample_succeeds
        the_command_costs_what_it_declares
        an_anonymous_request_is_refused
    }
}

mod close_account {
    use super::{Bank, CommandContract};

    testing::command_contract!(CommandContract {
        functions: Bank,
        name: "close-account",
        after: &["open-account"],
        sample: "sample",
        id: "account_id",
        answer: (200, 2, "closed"),
        costs: &["Query", "PutItem"],
        refusal: "not-yours",
    });
}
