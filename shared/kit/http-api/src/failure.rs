//! Why a request could not be carried out: what the client is told, and what the log is told.

use std::error::Error;

use es_core::{DomainError, ExecutionError, Refusal, StoreFailure};

use crate::{FieldProblem, Problem};

/// The most characters of a field's name that an answer repeats: the name of an unknown one is its sender's.
const MAX_FIELD: usize = 128;

/// A failed request: the client sees `problem`, the log sees `cause`.
#[derive(Debug, thiserror::Error)]
#[error("{problem}")]
pub struct Failure {
    /// What the client is told.
    pub problem: Problem,
    /// What happened inside, where there is more to say.
    #[source]
    pub cause: Option<Box<dyn Error + Send + Sync>>,
}

impl Failure {
    /// A header, parameter or body that cannot be read. A field whose name is empty is told of by quotes around nothing.
    pub fn malformed(field: impl Into<String>, code: &'static str, detail: impl Into<String>) -> Self {
        let field: String = field.into().chars().take(MAX_FIELD).collect();
        let field = if field.is_empty() { "\"\"".to_owned() } else { field };
        Problem::Malformed(FieldProblem { field, code, detail: detail.into() }).into()
    }

    /// A value that can be read and not accepted.
    pub fn invalid(field: impl Into<String>, code: &'static str, detail: impl Into<String>) -> Self {
        Problem::Invalid(FieldProblem { field: field.into(), code, detail: detail.into() }).into()
    }

    fn caused(problem: Problem, cause: impl Error + Send + Sync + 'static) -> Self {
        Self { problem, cause: Some(Box::new(cause)) }
    }
}

impl From<Problem> for Failure {
    fn from(problem: Problem) -> Self {
        Self { problem, cause: None }
    }
}

impl Failure {
    /// The failure that a store's is to a client.
    pub fn of_store(error: impl StoreFailure) -> Self {
        let problem = if error.throttled() { Problem::Throttled } else { Problem::Internal };
        Self::caused(problem, error)
    }

    /// The failure that a domain's error is to a client.
    pub fn refused(error: &impl DomainError) -> Self {
        let detail = error.to_string();
        match error.refusal() {
            Refusal::NotFound => Problem::NotFound,
            Refusal::NotYours => Problem::NotYours,
            Refusal::Rule { code } => Problem::Rule { code, detail },
            Refusal::Invalid { field, code } => Problem::Invalid(FieldProblem { field, code, detail }),
        }
        .into()
    }
}

impl<E: DomainError> From<ExecutionError<E>> for Failure {
    fn from(error: ExecutionError<E>) -> Self {
        match error {
            ExecutionError::Refused(error) => Self::refused(&error),
            ExecutionError::Stale { actual, .. } => Problem::Stale { actual: actual.get() }.into(),
            ExecutionError::KeyReused => Problem::KeyReused.into(),
            ExecutionError::Contended => Problem::Contended.into(),
            ExecutionError::TooLarge { limit, .. } => Problem::TooLarge { limit }.into(),
            ExecutionError::History(error) => Self::caused(Problem::Internal, error),
            ExecutionError::Encode(error) => Self::caused(Problem::Internal, error),
            ExecutionError::Store(error) => Self::of_store(error),
        }
    }
}
