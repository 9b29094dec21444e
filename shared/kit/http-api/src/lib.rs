//! The HTTP contract: requests out of API Gateway's payload 2.0, answers into it, and problem+json.
//!
//! Nothing here knows a domain: a refusal reaches it through [`es_core::DomainError`], the names of an API through
//! [`Api`].

mod answer;
mod api;
mod body;
mod caller;
mod failure;
mod headers;
mod problem;
mod query;
mod request;
mod respond;
mod span;
mod view;

pub use answer::Answer;
pub use api::Api;
pub use body::{MAX_BODY_BYTES, NoFields};
pub use caller::Caller;
pub use failure::Failure;
pub use headers::{ETag, MAX_WAIT_SECONDS};
pub use problem::{FieldProblem, Problem};
pub use query::Query;
pub use request::Request;
pub use respond::respond;
pub use view::answer_view;

/// API Gateway's payload of a request.
pub type Gateway = aws_lambda_events::apigw::ApiGatewayV2httpRequest;
/// What a function behind API Gateway receives.
pub type GatewayEvent = lambda_runtime::LambdaEvent<Gateway>;
/// What a function behind API Gateway answers.
pub type GatewayResponse = aws_lambda_events::apigw::ApiGatewayV2httpResponse;
/// An answer on its way, from a function of a table of handlers.
pub type Answering<'a> = std::pin::Pin<Box<dyn Future<Output = GatewayResponse> + 'a>>;
