//! Failed requests: the problem for the client and the cause for the log.

use std::error::Error;

use es_core::{DomainError, ExecutionError, Refusal, StoreFailure};

use crate::{FieldProblem, Problem};

/// The maximum length of a field name in a response, in characters. The sender may choose the name of an unknown field.
const MAX_FIELD: usize = 128;

/// A failed request. The client gets `problem`, and the log gets `cause`.
#[derive(Debug, thiserror::Error)]
#[error("{problem}")]
pub struct ApiError {
    /// The problem that the client gets.
    pub problem: Problem,
    /// The internal error, if there is one.
    #[source]
    pub cause: Option<Box<dyn Error + Send + Sync>>,
    /// How many appends of the command other writers have won.
    pub(crate) conflicts: u64,
}

/// The request had not ended shortly before the end of its invocation.
#[derive(Debug, thiserror::Error)]
#[error("the time of the invocation ended before the request did")]
struct CutOff;

impl ApiError {
    /// A header, parameter or body that cannot be read. An empty field name is shown as `""`.
    pub fn malformed(field: impl Into<String>, code: &'static str, detail: impl Into<String>) -> Self {
        let field: String = field.into().chars().take(MAX_FIELD).collect();
        let field = if field.is_empty() { "\"\"".to_owned() } else { field };
        Problem::Malformed(FieldProblem { field, code, detail: detail.into() }).into()
    }

    /// A value that can be read but not accepted.
    pub fn invalid(field: impl Into<String>, code: &'static str, detail: impl Into<String>) -> Self {
        Problem::Invalid(FieldProblem { field: field.into(), code, detail: detail.into() }).into()
    }

    /// The failure of a request that is cut off shortly before the end of its invocation. A command may have taken effect.
    #[must_use]
    pub fn cut_off() -> Self {
        Self::internal(CutOff)
    }

    /// A failure that only the log explains.
    pub(crate) fn internal(cause: impl Error + Send + Sync + 'static) -> Self {
        Self::caused(Problem::Internal, cause)
    }

    fn caused(problem: Problem, cause: impl Error + Send + Sync + 'static) -> Self {
        Self { cause: Some(Box::new(cause)), ..problem.into() }
    }
}

impl From<Problem> for ApiError {
    fn from(problem: Problem) -> Self {
        Self { problem, cause: None, conflicts: 0 }
    }
}

impl ApiError {
    /// The failure for a store's error.
    pub fn from_store_error(error: impl StoreFailure) -> Self {
        let problem = if error.throttled() { Problem::Throttled } else { Problem::Internal };
        Self::caused(problem, error)
    }

    /// The failure for a domain's error.
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

impl<E: DomainError> From<ExecutionError<E>> for ApiError {
    fn from(error: ExecutionError<E>) -> Self {
        match error {
            ExecutionError::Refused(error) => Self::refused(&error),
            ExecutionError::Stale { actual } => Problem::Stale { actual: actual.get() }.into(),
            ExecutionError::KeyReused => Problem::KeyReused.into(),
            ExecutionError::Contended { attempts } => {
                Self { conflicts: attempts.into(), ..Problem::Contended.into() }
            }
            ExecutionError::TooLarge { limit, .. } => Problem::TooLarge { limit }.into(),
            ExecutionError::History(error) => Self::internal(error),
            ExecutionError::Encode(error) => Self::internal(error),
            ExecutionError::Store(error) => Self::from_store_error(error),
        }
    }
}
