//! The AWS endpoint: one loopback address for SDKs and for `aws --endpoint-url`.
//!
//! `X-Amz-Target` identifies calls of `DynamoDB`, Kinesis and SQS; the path identifies calls of Lambda's Invoke API.
//! Signatures are not checked, but the access key identifies the caller. A function's call must be allowed by the
//! statements of its role in the template, and it is [observed](ObservedCalls). Every other access key
//! belongs to a developer, who may do everything.
//!
//! `GET /_local/observed-calls` returns the calls of each function so far, `GET /_local/functions` returns each
//! function's name and binary, and `GET /_local/backlog` returns the work that the projections have not finished.

mod caller;
pub(crate) mod mapping_role;
mod needs;
mod policy;
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
use serde_json::Value;
use stack_base::service_error::ServiceError;
use stack_dynamodb::Destinations;
use stack_dynamodb::proxy::{self, DynamoDbProxy};
use stack_kinesis::Kinesis;
use stack_sqs::Sqs;
use uuid::Uuid;

use crate::backlog::{Backlog, BacklogReader};

pub(crate) use caller::CallingFunctions;
pub use caller::{ObservedCall, ObservedCalls};
pub use mapping_role::MappingRoleError;
pub(crate) use writes::WriteFaults;

/// Maximum size of a request: `DynamoDB`'s 16 MB, the largest limit of the services.
const MAXIMUM_REQUEST: usize = 16 * 1024 * 1024;

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
    pub(crate) backlogs: BacklogReader,
    /// Injects faults into the functions' writes.
    pub(crate) chaos: WriteFaults,
}

/// The endpoint's routes. `lambda` contains the routes of the Invoke API.
pub(crate) fn router(endpoint: Endpoint, lambda: Router) -> Router {
    let endpoint = Arc::new(endpoint);
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

/// Allows a function to invoke another function only if its statements allow it.
async fn authorize_invoke(State(endpoint): State<Arc<Endpoint>>, request: Request, next: Next) -> Response {
    let need = Need::invoke(request.uri().path());
    match endpoint.authorize(request.headers(), &[need]) {
        Ok(()) => next.run(request).await,
        Err(fault) => fault.into_response(),
    }
}

async fn serve(State(endpoint): State<Arc<Endpoint>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let mut response = endpoint.answer(&parts, body).await.unwrap_or_else(IntoResponse::into_response);
    if let Ok(id) = HeaderValue::from_str(&Uuid::new_v4().to_string()) {
        response.headers_mut().entry("x-amzn-requestid").or_insert(id);
    }
    response
}

impl Endpoint {
    async fn answer(&self, parts: &Parts, body: Body) -> Result<Response, ServiceError> {
        let target = Target::from_headers(&parts.headers)?;
        let body = to_bytes(body, MAXIMUM_REQUEST).await.map_err(|error| {
            ServiceError::client(
                "RequestEntityTooLargeException",
                format!("the request cannot be read: {error}"),
            )
        })?;
        let needs = needs::of_call(&target, &body);
        self.authorize(&parts.headers, &needs)?;
        match target.service {
            Service::DynamoDb => self.dynamodb(&target.operation, parts, body, &needs).await,
            Service::Kinesis => self.kinesis(&target.operation, &body),
            Service::Sqs => self.sqs(&target.operation, &body).await,
        }
    }

    async fn dynamodb(
        &self,
        operation: &str,
        parts: &Parts,
        body: Bytes,
        needs: &[Need],
    ) -> Result<Response, ServiceError> {
        if let Some(answer) = self.destinations.call(operation, &body) {
            return Ok(json_response(&answer?, "application/x-amz-json-1.0"));
        }
        let answer = self.dynamodb.forward(operation, parts, body);
        if proxy::writes(operation) && self.chaos.affects(needs) {
            return self.chaos.carry_out(&parts.headers, answer).await;
        }
        answer.await
    }

    fn kinesis(&self, operation: &str, body: &Bytes) -> Result<Response, ServiceError> {
        let answer = stack_kinesis::api::call(&self.kinesis, operation, body)?;
        Ok(json_response(&answer, "application/x-amz-json-1.1"))
    }

    async fn sqs(&self, operation: &str, body: &Bytes) -> Result<Response, ServiceError> {
        let answer = stack_sqs::api::call(&self.sqs, operation, body).await?;
        Ok(json_response(&answer, "application/x-amz-json-1.0"))
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

fn json_response(answer: &Value, content_type: &'static str) -> Response {
    ([(header::CONTENT_TYPE, content_type)], answer.to_string()).into_response()
}

#[cfg(test)]
mod tests;
