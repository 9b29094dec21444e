//! Why a front does not start: one line each.

use stack_base::listen::PortError;
use stack_template::TemplateError;

use crate::identity::IdentityError;

/// A front that does not start.
#[derive(Debug, thiserror::Error)]
pub enum FrontError {
    /// The ports.
    #[error(transparent)]
    Listen(#[from] PortError),
    /// The template.
    #[error("template: {0}")]
    Template(#[from] TemplateError),
    /// The development issuer, or an authorizer.
    #[error(transparent)]
    Identity(#[from] IdentityError),
    /// The HTTP client cannot be made.
    #[error("the HTTP client does not start: {0}")]
    Client(#[from] reqwest::Error),
    /// The endpoint does not say what the stack has.
    #[error("stack {stack} at {endpoint}: {problem}")]
    Stack {
        /// Name of the stack.
        stack: String,
        /// The endpoint that was asked.
        endpoint: String,
        /// What is wrong.
        problem: ListError,
    },
    /// A route's function, by its name in the template, is not part of the stack.
    #[error("the stack has no function {0}, which a route of the template has; deploy the template again")]
    NotDeployed(String),
}

/// A deployed stack whose resources cannot be listed.
#[derive(Debug, thiserror::Error)]
pub enum ListError {
    /// The endpoint cannot be reached, or breaks off its answer.
    #[error(transparent)]
    Http(#[from] reqwest::Error),
    /// The endpoint refuses.
    #[error("{status} {body}")]
    Refused {
        /// Status of the answer.
        status: reqwest::StatusCode,
        /// The answer.
        body: String,
    },
    /// The answer is not JSON.
    #[error("no JSON: {0}")]
    Json(#[source] serde_json::Error),
    /// The answer has another form.
    #[error("not a list of resources: {0}")]
    Form(#[source] serde_json::Error),
    /// The list does not end.
    #[error("it has more than {0} pages of resources")]
    Pages(usize),
}
