//! What a client is told of a failure: RFC 9457, `application/problem+json`.

use std::fmt;

use serde::Serialize;
use serde_json::{Map, Value, json};

/// A value that could not be accepted, by the place it stands at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FieldProblem {
    /// Where: a body path (`items[0].quantity`), a query parameter or a header.
    pub field: String,
    /// The stable name of what is wrong.
    pub code: &'static str,
    /// What is wrong, for a person.
    pub detail: String,
}

/// Everything that a client can be told of a failure. It carries no cause: what went wrong inside is for the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Problem {
    /// The request cannot be read.
    Malformed(FieldProblem),
    /// Nobody is signed in.
    Unauthenticated,
    /// The caller lacks a scope.
    Forbidden {
        /// The scope that the request requires.
        scope: &'static str,
    },
    /// It belongs to somebody else.
    NotYours,
    /// There is no such thing.
    NotFound,
    /// It has not arrived on the reading side yet.
    NotThereYet,
    /// A rule of the domain stands against it.
    Rule {
        /// The rule's stable name.
        code: &'static str,
        /// The rule, for a person.
        detail: String,
    },
    /// The thing has moved on since the client saw it.
    Stale {
        /// The version it has now.
        actual: u64,
    },
    /// The request or what it would store is too large.
    TooLarge {
        /// The most bytes there may be.
        limit: usize,
    },
    /// A value cannot be accepted.
    Invalid(FieldProblem),
    /// The idempotency key belongs to another request.
    KeyReused,
    /// Too many writers at once.
    Contended,
    /// Too much load.
    Throttled,
    /// Anything else.
    Internal,
}

/// How the parts of a problem read: its stable name, its status, and its title.
struct Kind {
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

    /// The stable name at the end of `type`.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        self.kind().code
    }

    /// How long a client should wait before it tries again, in seconds, where that helps.
    #[must_use]
    pub const fn retry_after(&self) -> Option<u8> {
        match self {
            Self::NotThereYet | Self::Contended | Self::Throttled => Some(1),
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

    /// The body of the answer. `types` is the start of its `type`; `request_id` lets an operator find the log of it.
    #[must_use]
    pub fn body(&self, types: &str, request_id: &str) -> Value {
        let Kind { code, status, .. } = self.kind();
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

    const fn kind(&self) -> Kind {
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
            Self::Internal => ("internal", 500, "Something went wrong"),
        };
        Kind { code, status, title }
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
            | Self::Internal => None,
        }
    }
}

/// The problem's title.
impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let title = self.kind().title;
        match self {
            Self::Forbidden { scope } => write!(f, "{title} {scope}"),
            _ => f.write_str(title),
        }
    }
}
