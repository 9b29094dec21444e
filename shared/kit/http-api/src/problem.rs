//! The problems that a client gets: RFC 9457, `application/problem+json`.

use std::fmt;

use serde::Serialize;
use serde_json::{Map, Value, json};

/// A field whose value cannot be accepted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FieldProblem {
    /// The field: a path in the body (`items[0].quantity`), a query parameter or a header.
    pub field: String,
    /// The stable code of the problem.
    pub code: &'static str,
    /// The problem in words.
    pub detail: String,
}

/// All problems that a client can get. A problem has no cause, because internal errors belong into the log only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Problem {
    /// The request cannot be read.
    Malformed(FieldProblem),
    /// The request has no authenticated caller.
    Unauthenticated,
    /// The caller lacks a scope.
    Forbidden {
        /// The scope that the request requires.
        scope: &'static str,
    },
    /// The resource belongs to another owner.
    NotYours,
    /// The resource does not exist.
    NotFound,
    /// The projection has not written the view yet.
    NotThereYet,
    /// The aggregate's state does not allow the command.
    Rule {
        /// The stable code of the rule.
        code: &'static str,
        /// The rule in words.
        detail: String,
    },
    /// The aggregate has another version than the client expects.
    Stale {
        /// The aggregate's version.
        actual: u64,
    },
    /// The request, or the commit that it would make, is too large.
    TooLarge {
        /// The maximum size in bytes.
        limit: usize,
    },
    /// A value cannot be accepted.
    Invalid(FieldProblem),
    /// The idempotency key belongs to a different request.
    KeyReused,
    /// Too many writers changed the aggregate at the same time.
    Contended,
    /// The store is over its capacity.
    Throttled,
    /// The time of the invocation ended before this part of the request began.
    NotAttempted,
    /// Any other error.
    Internal,
}

/// The constant parts of a problem.
struct ProblemKind {
    code: &'static str,
    status: u16,
    title: &'static str,
}

impl Problem {
    /// The HTTP status.
    #[must_use]
    pub const fn status(&self) -> u16 {
        self.kind().status
    }

    /// The stable code at the end of `type`.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        self.kind().code
    }

    /// After how many seconds the client should retry, if a retry can help.
    #[must_use]
    pub const fn retry_after(&self) -> Option<u8> {
        match self {
            Self::NotThereYet | Self::Contended | Self::Throttled | Self::NotAttempted => Some(1),
            Self::Malformed(_)
            | Self::Unauthenticated
            | Self::Forbidden { .. }
            | Self::NotYours
            | Self::NotFound
            | Self::Rule { .. }
            | Self::Stale { .. }
            | Self::TooLarge { .. }
            | Self::Invalid(_)
            | Self::KeyReused
            | Self::Internal => None,
        }
    }

    /// The body of the response. `types` is the prefix of `type`. An operator finds the request's log lines by
    /// `request_id`.
    #[must_use]
    pub fn body(&self, types: &str, request_id: &str) -> Value {
        let ProblemKind { code, status, .. } = self.kind();
        let mut body = Map::new();
        body.insert("type".to_owned(), json!(format!("{types}{code}")));
        body.insert("title".to_owned(), json!(self.to_string()));
        body.insert("status".to_owned(), json!(status));
        if let Some(detail) = self.detail() {
            body.insert("detail".to_owned(), json!(detail));
        }
        body.insert("request_id".to_owned(), json!(request_id));
        if let Self::Malformed(field) | Self::Invalid(field) = self {
            body.insert("errors".to_owned(), json!([field]));
        }
        Value::Object(body)
    }

    const fn kind(&self) -> ProblemKind {
        let (code, status, title) = match self {
            Self::Malformed(_) => ("malformed-request", 400, "The request cannot be read"),
            Self::Unauthenticated => ("unauthenticated", 401, "Sign in first"),
            Self::Forbidden { .. } => ("forbidden", 403, "It takes the scope"),
            Self::NotYours => ("not-yours", 403, "It belongs to somebody else"),
            Self::NotFound => ("not-found", 404, "There is no such thing"),
            Self::NotThereYet => ("not-found", 404, "It has not arrived here yet; try again"),
            Self::Rule { code, .. } => (*code, 409, "A rule stands against it"),
            Self::Stale { .. } => ("stale-version", 412, "It has changed since"),
            Self::TooLarge { .. } => ("too-large", 413, "It is too large"),
            Self::Invalid(_) => ("invalid-value", 422, "A value cannot be accepted"),
            Self::KeyReused => {
                ("idempotency-key-reused", 422, "The idempotency key belongs to another request")
            }
            Self::Contended => ("contended", 409, "Too many changes at once; try again"),
            Self::Throttled => ("throttled", 503, "Too much load; try again"),
            Self::NotAttempted => {
                ("not-attempted", 503, "The time was over before this command; send it again")
            }
            Self::Internal => ("internal", 500, "Something went wrong"),
        };
        ProblemKind { code, status, title }
    }

    fn detail(&self) -> Option<String> {
        match self {
            Self::Malformed(field) | Self::Invalid(field) => {
                Some(format!("{}: {}", field.field, field.detail))
            }
            Self::Rule { detail, .. } => Some(detail.clone()),
            Self::Stale { actual } => Some(format!("it is at version {actual}")),
            Self::TooLarge { limit } => Some(format!("at most {limit} bytes are taken")),
            Self::Unauthenticated
            | Self::Forbidden { .. }
            | Self::NotYours
            | Self::NotFound
            | Self::NotThereYet
            | Self::KeyReused
            | Self::Contended
            | Self::Throttled
            | Self::NotAttempted
            | Self::Internal => None,
        }
    }
}

/// Writes the problem's title.
impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let title = self.kind().title;
        match self {
            Self::Forbidden { scope } => write!(f, "{title} {scope}"),
            _ => f.write_str(title),
        }
    }
}
