//! Why a front does not start: one line each.

use crate::identity::IdentityError;
use crate::stack::StackError;
use crate::template::TemplateError;

/// A front that does not start.
#[derive(Debug, thiserror::Error)]
pub enum FrontError {
    /// The ports.
    #[error(transparent)]
    Listen(#[from] StackError),
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
        problem: String,
    },
    /// A route's function is not part of the stack.
    #[error(
        "the stack has no function {function}, which a route of the template has; deploy the template again"
    )]
    NotDeployed {
        /// The function's name in the template.
        function: String,
    },
}
