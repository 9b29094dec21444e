//! The response to a request.

use std::fmt::Display;
use std::time::Duration;

use aws_lambda_events::encodings::Body;
use es_core::{Outcome, StreamVersion};
use http::header::{CONTENT_TYPE, ETAG, HeaderMap, HeaderName, HeaderValue, LOCATION, RETRY_AFTER};
use serde::Serialize;
use serde_json::{Map, Value};

use crate::{ApiError, ETag, GatewayResponse, Problem, ViewTag};

const IDEMPOTENT_REPLAYED: HeaderName = HeaderName::from_static("idempotent-replayed");
const PREFERENCE_APPLIED: HeaderName = HeaderName::from_static("preference-applied");

/// A response before it is converted to API Gateway's format.
#[derive(Debug, Clone)]
pub struct Answer {
    status: u16,
    headers: HeaderMap,
    body: Option<String>,
    /// The result of the command, if this responds to a command.
    pub(crate) command: Option<CommandReport>,
    /// Whether the metrics count the request.
    pub(crate) is_measured: bool,
}

/// The JSON of one page.
#[derive(Serialize)]
struct JsonPage<T> {
    items: Vec<T>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_cursor: Option<String>,
}

/// The metrics of a command that succeeded.
#[derive(Debug, Clone, Copy)]
pub(crate) struct CommandReport {
    /// Whether an earlier request had already executed the command.
    pub(crate) replayed: bool,
    /// How many appends of the command other writers have won.
    pub(crate) conflicts: u64,
    /// How many events the command appended.
    pub(crate) appended: u64,
    /// The stream's version after the command.
    pub(crate) version: StreamVersion,
}

impl Answer {
    /// 200 with `body`.
    ///
    /// # Errors
    /// [`Problem::Internal`] if `body` cannot be serialized to JSON.
    pub fn ok(body: &impl Serialize) -> Result<Self, ApiError> {
        let body = serde_json::to_string(body).map_err(ApiError::internal)?;
        let headers = HeaderMap::from_iter([(CONTENT_TYPE, HeaderValue::from_static("application/json"))]);
        Ok(Self { status: 200, headers, body: Some(body), command: None, is_measured: true })
    }

    /// 200 with a page of `items` and the cursor of the `next` page, if there is one.
    ///
    /// # Errors
    /// [`Problem::Internal`] if an item cannot be serialized to JSON.
    pub fn page<T: Serialize>(items: Vec<T>, next: Option<impl Display>) -> Result<Self, ApiError> {
        Self::ok(&JsonPage { items, next_cursor: next.map(|cursor| cursor.to_string()) })
    }

    /// 200 with `view`, which is at `version`, and its entity tag; 304 if `has_copy` says that the caller has a copy
    /// with the tag.
    ///
    /// # Errors
    /// [`Problem::Internal`] if `view` cannot be serialized to JSON.
    pub(crate) fn view(
        view: &impl Serialize,
        version: StreamVersion,
        has_copy: impl FnOnce(&ViewTag) -> bool,
    ) -> Result<Self, ApiError> {
        let answer = Self::ok(view)?;
        let tag = ViewTag::new(version, answer.body.as_deref().unwrap_or_default());
        let answer = if has_copy(&tag) {
            Self { status: 304, headers: HeaderMap::new(), body: None, ..answer }
        } else {
            answer
        };
        Ok(answer.with(ETAG, &tag.to_string()))
    }

    /// 200 with the result of a command: the aggregate's id, version and status. `id_name` is the name of the member
    /// that holds the `id`, such as `thing_id`. `status` returns the status of a state.
    ///
    /// # Errors
    /// [`Problem::Internal`] if the result cannot be serialized to JSON.
    pub fn receipt<S>(
        id_name: &'static str,
        id: &impl Display,
        outcome: &Outcome<S>,
        status: impl FnOnce(&S) -> &'static str,
    ) -> Result<Self, ApiError> {
        let members = Map::from_iter([
            (id_name.to_owned(), Value::from(id.to_string())),
            ("version".to_owned(), Value::from(outcome.version.get())),
            ("status".to_owned(), Value::from(status(&outcome.state))),
        ]);
        let command = Some(CommandReport {
            replayed: outcome.replayed,
            conflicts: outcome.conflicts.into(),
            appended: outcome.appended as u64,
            version: outcome.version,
        });
        let answer = Self { command, ..Self::ok(&members)? }.tagged(outcome.version);
        Ok(if outcome.replayed { answer.with(IDEMPOTENT_REPLAYED, "true") } else { answer })
    }

    /// The same response as 201 with the location of the new aggregate.
    #[must_use]
    pub fn created(self, location: &str) -> Self {
        Self { status: 201, ..self }.with(LOCATION, location)
    }

    /// The same response with the entity tag of `version`.
    #[must_use]
    fn tagged(self, version: StreamVersion) -> Self {
        self.with(ETAG, &ETag(version).to_string())
    }

    /// The same response with a `Retry-After` of `seconds`.
    #[must_use]
    pub fn retry_after(self, seconds: u8) -> Self {
        self.with(RETRY_AFTER, &seconds.to_string())
    }

    /// The same response with the wait that the request was granted, in whole seconds (RFC 7240, section 3). A response
    /// to a request that was granted no wait has no such header.
    #[must_use]
    pub(crate) fn waited_up_to(self, granted: Duration) -> Self {
        if granted.is_zero() {
            return self;
        }
        self.with(PREFERENCE_APPLIED, &format!("wait={}", granted.as_secs()))
    }

    /// The same answer, but the metrics do not count its request. Many fast health checks would hide slow queries.
    #[must_use]
    pub fn unmeasured(self) -> Self {
        Self { is_measured: false, ..self }
    }

    /// The same response with a header. A value that a header cannot hold is left out.
    #[must_use]
    pub(crate) fn with(mut self, name: HeaderName, value: &str) -> Self {
        if let Ok(value) = HeaderValue::from_str(value) {
            self.headers.insert(name, value);
        }
        self
    }

    /// The same response with the trace headers of the current span.
    #[must_use]
    pub(crate) fn traced(mut self) -> Self {
        telemetry::inject(&mut self.headers);
        self
    }

    /// The HTTP status.
    #[must_use]
    pub const fn status(&self) -> u16 {
        self.status
    }

    /// The response to a request that failed with `problem`. The problem's type starts with `types`.
    pub(crate) fn problem(problem: &Problem, types: &str, request_id: &str) -> Self {
        let headers =
            HeaderMap::from_iter([(CONTENT_TYPE, HeaderValue::from_static("application/problem+json"))]);
        let body = Some(problem.body(types, request_id).to_string());
        let answer = Self { status: problem.status(), headers, body, command: None, is_measured: true };
        let answer = match problem {
            Problem::NotThereYet { granted } => answer.waited_up_to(*granted),
            _ => answer,
        };
        match problem.retry_after() {
            Some(seconds) => answer.retry_after(seconds),
            None => answer,
        }
    }
}

impl From<Answer> for GatewayResponse {
    fn from(answer: Answer) -> Self {
        let mut response = Self::default();
        response.status_code = answer.status.into();
        response.headers = answer.headers;
        response.body = answer.body.map(Body::Text);
        response
    }
}
