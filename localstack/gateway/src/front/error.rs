//! Errors of starting a front. Each message has one line.

use stack_base::listen::PortError;
use stack_template::TemplateError;

use crate::identity::IdentityError;

/// Why a front cannot start.
#[derive(Debug, thiserror::Error)]
pub enum FrontError {
    /// A port cannot be bound.
    #[error(transparent)]
    Listen(#[from] PortError),
    /// The template is invalid.
    #[error("template: {0}")]
    Template(#[from] TemplateError),
    /// The development issuer or an authorizer cannot start.
    #[error(transparent)]
    Identity(#[from] IdentityError),
    /// The HTTP client cannot be created.
    #[error("cannot create the HTTP client: {0}")]
    Client(#[from] reqwest::Error),
    /// The endpoint does not list the stack's resources.
    #[error("stack {stack} at {endpoint}: {problem}")]
    Stack {
        /// Name of the stack.
        stack: String,
        /// URL of the endpoint.
        endpoint: String,
        /// Why the resources could not be listed.
        problem: ListError,
    },
    /// The stack does not contain a route's function, named here by its name in the template.
    #[error("the stack has no function {0}, but a route of the template needs it; deploy the template again")]
    NotDeployed(String),
}

/// Why the resources of a deployed stack cannot be listed.
#[derive(Debug, thiserror::Error)]
pub enum ListError {
    /// The endpoint cannot be reached or breaks off its response.
    #[error(transparent)]
    Http(#[from] reqwest::Error),
    /// The endpoint refuses the request.
    #[error("{status} {body}")]
    Refused {
        /// Status of the response.
        status: reqwest::StatusCode,
        /// Body of the response.
        body: String,
    },
    /// The response is not JSON.
    #[error("the response is not JSON: {0}")]
    Json(#[source] serde_json::Error),
    /// The response is JSON of another form.
    #[error("the response is not a list of resources: {0}")]
    Form(#[source] serde_json::Error),
    /// The list has too many pages.
    #[error("the stack has more than {0} pages of resources")]
    Pages(usize),
}
