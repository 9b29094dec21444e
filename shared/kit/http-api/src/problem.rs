//! The problems that a client gets: RFC 9457, `application/problem+json`.

use std::fmt;
use std::time::Duration;

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
        /// The scope that the request requires, by its name in tokens.
        scope: String,
    },
    /// The resource belongs to another owner.
    NotYours,
    /// The resource does not exist.
    NotFound,
    /// The projection has not written the view yet.
    NotThereYet {
        /// The wait that the request was granted; zero if it was granted none.
        granted: Duration,
    },
    /// The aggregate's state does not allow the command.
    Rule {
        /// The stable code of the rule.
        code: &'static str,
        /// The rule in words.
        detail: String,
    },
    /// The aggregate's version does not meet the request's preconditions.
    Stale {
        /// The aggregate's version; 0 if the aggregate does not exist.
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
            Self::NotThereYet { .. } | Self::Contended | Self::Throttled | Self::NotAttempted => Some(1),
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
            Self::Unauthenticated => {
                ("unauthenticated", 401, "The token names no caller; send a token with a sub")
            }
            Self::Forbidden { .. } => ("forbidden", 403, "The request requires the scope"),
            Self::NotYours => {
                ("not-yours", 403, "The resource belongs to another owner; call as its owner or as an admin")
            }
            Self::NotFound => {
                ("not-found", 404, "The resource does not exist, or the caller may not see it; check the id")
            }
            Self::NotThereYet { .. } => {
                ("not-found", 404, "The resource has not reached min_version yet; check the id, then retry")
            }
            Self::Rule { code, .. } => (*code, 409, "The state of the resource does not allow the command"),
            Self::Stale { .. } => ("stale-version", 412, "A precondition of the request is not met"),
            Self::TooLarge { .. } => ("too-large", 413, "The request is too large"),
            Self::Invalid(_) => ("invalid-value", 422, "A value is not allowed"),
            Self::KeyReused => {
                ("idempotency-key-reused", 422, "The idempotency key belongs to another request")
            }
            Self::Contended => ("contended", 409, "Other requests changed the resource at the same time"),
            Self::Throttled => {
                ("throttled", 503, "The service is over its capacity; retry after Retry-After seconds")
            }
            Self::NotAttempted => (
                "not-attempted",
                503,
                "The batch ran out of time before this command; send the command again",
            ),
            Self::Internal => {
                ("internal", 500, "The service failed; retry, and report request_id if it fails again")
            }
        };
        ProblemKind { code, status, title }
    }

    fn detail(&self) -> Option<String> {
        match self {
            Self::Malformed(field) | Self::Invalid(field) => {
                Some(format!("{}: {}", field.field, field.detail))
            }
            Self::Rule { detail, .. } => Some(detail.clone()),
            // Only `If-Match` can refuse a request on a resource that does not exist.
            Self::Stale { actual: 0 } => {
                Some("If-Match: the resource does not exist; remove the header, or check the id".to_owned())
            }
            Self::Stale { actual } => Some(format!(
                "If-Match, If-None-Match: the resource is at version {actual}; read the resource and decide again"
            )),
            Self::TooLarge { limit } => Some(format!(
                "body: the body, or the commit that it makes, exceeds {limit} bytes; send a smaller body"
            )),
            Self::KeyReused => Some(
                "Idempotency-Key: the key was used for a different method, path or body; send a new key"
                    .to_owned(),
            ),
            Self::Contended => Some(
                "every attempt to append the events lost to another request; retry after Retry-After seconds"
                    .to_owned(),
            ),
            Self::Unauthenticated
            | Self::Forbidden { .. }
            | Self::NotYours
            | Self::NotFound
            | Self::NotThereYet { .. }
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
