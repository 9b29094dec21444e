//! The AWS endpoint: one loopback address for SDKs and for `aws --endpoint-url`.
//!
//! `X-Amz-Target` identifies calls of `DynamoDB`, `DynamoDB` Streams, Kinesis, SQS, `EventBridge` and `CloudWatch` Logs; a
//! form identifies calls of STS; the path identifies calls of Lambda. Every other call is refused in the protocol of its
//! caller.
//! Signatures are not checked, but the access key identifies the caller. A function's call must be allowed by the
//! statements of its role in the template, and it is [observed](ObservedCalls). Every other access key
//! belongs to a developer, who may do everything.
//!
//! `GET /_local/observed-calls` returns the calls of each function so far, `GET /_local/functions` returns each
//! function's name and binary, and `GET /_local/backlog` returns the work that the projections have not finished.

mod caller;
mod lambda_needs;
mod logs;
pub(crate) mod mapping_role;
mod needs;
mod partiql;
mod policy;
mod protocol;
mod sts;
mod writes;

use std::sync::Arc;

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use needs::{Need, Service, Target};
use protocol::Call;
use serde_json::Value;
use stack_base::service_error::ServiceError;
use stack_dynamodb::proxy::{self, DynamoDbProxy};
use stack_dynamodb::{Api, Destinations};
use stack_events::{Caller, EventBuses};
use stack_kinesis::Kinesis;
use stack_lambda::Lambda;
use stack_sqs::Sqs;
use uuid::Uuid;

use crate::backlog::{Backlog, BacklogReader};

pub(crate) use caller::CallingFunctions;
pub use caller::{ObservedCall, ObservedCalls};
pub(crate) use logs::Logs;
pub use mapping_role::MappingRoleError;
pub(crate) use writes::WriteFaults;

/// Maximum size of a request: `DynamoDB`'s 16 MB, the largest limit of the services.
const MAXIMUM_REQUEST: usize = 16 * 1024 * 1024;

/// The services of the endpoint, as the refusal of other services lists them.
const SERVICES: &str = "DynamoDB, DynamoDB Streams, Kinesis and SQS in AWS JSON, Lambda, EventBridge PutEvents, CloudWatch Logs \
                        (reading) and STS GetCallerIdentity";

/// The services of the endpoint.
pub(crate) struct Endpoint {
    /// Physical name and binary of each function.
    pub(crate) functions: Vec<(String, String)>,
    pub(crate) callers: CallingFunctions,
    pub(crate) observed: ObservedCalls,
    pub(crate) dynamodb: DynamoDbProxy,
    pub(crate) destinations: Destinations,
    pub(crate) kinesis: Kinesis,
    pub(crate) sqs: Sqs,
    pub(crate) events: EventBuses<Lambda>,
    pub(crate) logs: Logs,
    pub(crate) backlogs: BacklogReader,
    /// Injects faults into the functions' writes.
    pub(crate) chaos: WriteFaults,
}

/// The endpoint's routes. `lambda` contains the routes of Lambda's API.
pub(crate) fn router(endpoint: Endpoint, lambda: Router) -> Router {
    let endpoint = Arc::new(endpoint);
    let lambda = lambda.method_not_allowed_fallback(refuse);
    let invoke_api = lambda.layer(middleware::from_fn_with_state(Arc::clone(&endpoint), authorize_invoke));
    Router::new()
        .route("/_local/functions", get(functions))
        .route("/_local/observed-calls", get(observed_calls))
        .route("/_local/backlog", get(backlog))
        .fallback(serve)
        .with_state(endpoint)
        .merge(invoke_api)
}

/// Physical name and binary of each function.
async fn functions(State(endpoint): State<Arc<Endpoint>>) -> Json<Vec<(String, String)>> {
    Json(endpoint.functions.clone())
}

async fn observed_calls(State(endpoint): State<Arc<Endpoint>>) -> Json<Value> {
    Json(endpoint.observed.to_json())
}

async fn backlog(State(endpoint): State<Arc<Endpoint>>) -> Result<Json<Backlog>, ServiceError> {
    endpoint.backlogs.now().map(Json).map_err(|error| ServiceError::server(error.to_string()))
}

/// Allows a function to call Lambda only if its statements allow it.
async fn authorize_invoke(State(endpoint): State<Arc<Endpoint>>, request: Request, next: Next) -> Response {
    let need = lambda_needs::of_call(request.method(), request.uri().path());
    match endpoint.authorize(request.headers(), &[need]) {
        Ok(()) => next.run(request).await,
        Err(fault) => fault.into_response(),
    }
}

/// Refuses a request whose path the stack serves with another method.
async fn refuse(request: Request) -> Response {
    with_request_id(Call::identify(&request.into_parts().0, &[]).refuse(SERVICES))
}

async fn serve(State(endpoint): State<Arc<Endpoint>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    with_request_id(endpoint.answer(&parts, body).await.unwrap_or_else(IntoResponse::into_response))
}

/// Gives a response an id, unless it has one.
fn with_request_id(mut response: Response) -> Response {
    if let Ok(id) = HeaderValue::from_str(&Uuid::new_v4().to_string()) {
        response.headers_mut().entry("x-amzn-requestid").or_insert(id);
    }
    response
}

impl Endpoint {
    async fn answer(&self, parts: &Parts, body: Body) -> Result<Response, ServiceError> {
        let body = to_bytes(body, MAXIMUM_REQUEST).await.map_err(|error| {
            ServiceError::client(
                "RequestEntityTooLargeException",
                format!("the request cannot be read: {error}"),
            )
        })?;
        let Some(target) = Target::from_headers(&parts.headers) else {
            let call = Call::identify(parts, &body);
            let answer = sts::answer(&call, self.callers.find(&parts.headers));
            return Ok(answer.unwrap_or_else(|| call.refuse(SERVICES)));
        };
        let operation = target.operation.as_str();
        if let Service::DynamoDb(api) = target.service
            && !api.operations().contains(&operation)
        {
            return Err(ServiceError::not_served(api.name(), operation, api.operations()));
        }
        let needs = needs::of_call(&target, &body);
        self.authorize(&parts.headers, &needs)?;
        match target.service {
            Service::DynamoDb(api) => self.dynamodb(api, operation, parts, body, &needs).await,
            Service::Events => {
                let is_spared = self.chaos.spares(&parts.headers);
                let caller = if is_spared { Caller::Spared } else { Caller::Function };
                Ok(json_1_1(&self.events.call(operation, &body, caller)?))
            }
            Service::Kinesis => Ok(json_1_1(&stack_kinesis::api::call(&self.kinesis, operation, &body)?)),
            Service::Logs => Ok(json_1_1(&self.logs.call(operation, &body)?)),
            Service::Sqs => self.sqs(operation, &body).await,
        }
    }

    async fn dynamodb(
        &self,
        api: Api,
        operation: &str,
        parts: &Parts,
        body: Bytes,
        needs: &[Need],
    ) -> Result<Response, ServiceError> {
        if let Some(answer) = self.destinations.call(operation, &body) {
            return Ok(json_1_0(&answer?));
        }
        let answer = self.dynamodb.forward(api, operation, parts, body);
        if proxy::writes(operation) && self.chaos.affects(needs) {
            return self.chaos.carry_out(&parts.headers, answer).await;
        }
        answer.await
    }

    async fn sqs(&self, operation: &str, body: &Bytes) -> Result<Response, ServiceError> {
        match stack_sqs::api::call(&self.sqs, operation, body).await {
            Ok(answer) => Ok(json_1_0(&answer)),
            Err(fault) => {
                let code = HeaderValue::from_str(&stack_sqs::query_error(&fault));
                let mut response = fault.into_response();
                if let Ok(code) = code {
                    response.headers_mut().insert("x-amzn-query-error", code);
                }
                Ok(response)
            }
        }
    }

    /// Records a function's call, and refuses it if the function's statements do not allow it.
    fn authorize(&self, headers: &HeaderMap, needs: &[Need]) -> Result<(), ServiceError> {
        let Some(caller) = self.callers.find(headers) else { return Ok(()) };
        for need in needs {
            let decision = policy::decide(&caller.statements, need);
            self.observed.note(&caller.function, need, decision.is_allowed());
            if !decision.is_allowed() {
                return Err(policy::denied(caller, need, decision));
            }
        }
        Ok(())
    }
}

fn json_1_0(answer: &Value) -> Response {
    ([(header::CONTENT_TYPE, "application/x-amz-json-1.0")], answer.to_string()).into_response()
}

fn json_1_1(answer: &Value) -> Response {
    ([(header::CONTENT_TYPE, "application/x-amz-json-1.1")], answer.to_string()).into_response()
}

#[cfg(test)]
mod tests;
