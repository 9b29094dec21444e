//! The HTTP contract: requests from API Gateway's payload 2.0, responses to it, and problem+json.
//!
//! The crate depends on no domain. A domain's refusal arrives as an [`es_core::DomainError`], and an API's names are in
//! [`Api`].

mod answer;
mod api;
mod api_error;
mod body;
mod caller;
mod headers;
mod prefer;
mod problem;
mod query;
mod request;
mod respond;
mod span;
mod tags;
mod view;
mod waits;

pub use answer::Answer;
pub use api::{Api, ScopeNames};
pub use api_error::ApiError;
pub use body::{MAX_BODY_BYTES, NoFields};
pub use caller::Caller;
pub use problem::{FieldProblem, Problem};
pub use query::Query;
pub use request::Request;
pub use respond::respond;
pub use tags::{ETag, EntityTags, ViewTag};
pub use view::answer_view;
pub use waits::{LongestWaitError, MAX_WAIT_SECONDS, Waits};

/// A request in API Gateway's payload format.
pub type Gateway = aws_lambda_events::apigw::ApiGatewayV2httpRequest;
/// The event of a function behind API Gateway.
pub type GatewayEvent = lambda_runtime::LambdaEvent<Gateway>;
/// The response of a function behind API Gateway.
pub type GatewayResponse = aws_lambda_events::apigw::ApiGatewayV2httpResponse;
/// The future response of a handler in a table of handlers.
pub type Answering<'a> = std::pin::Pin<Box<dyn Future<Output = GatewayResponse> + 'a>>;
