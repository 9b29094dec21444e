//! What a request is answered with.

use std::fmt::Display;

use aws_lambda_events::encodings::Body;
use es_core::{Outcome, StreamVersion};
use http::header::{CONTENT_TYPE, ETAG, HeaderMap, HeaderName, HeaderValue, LOCATION, RETRY_AFTER};
use serde::Serialize;
use serde_json::{Map, Value};

use crate::{ETag, Failure, GatewayResponse, Problem};

const IDEMPOTENT_REPLAYED: HeaderName = HeaderName::from_static("idempotent-replayed");

/// An answer on its way to the caller.
#[derive(Debug, Clone)]
pub struct Answer {
    status: u16,
    headers: HeaderMap,
    body: Option<String>,
    /// What a command came to, where the answer is to one.
    pub(crate) command: Option<CommandReport>,
}

/// One page, as the caller gets it.
#[derive(Serialize)]
struct Page<T> {
    items: Vec<T>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_cursor: Option<String>,
}

/// What is counted of a command that was carried out.
#[derive(Debug, Clone, Copy)]
pub(crate) struct CommandReport {
    /// Whether it had been carried out before.
    pub(crate) replayed: bool,
    /// How many other commits came between.
    pub(crate) conflicts: u64,
    /// How many events it appended.
    pub(crate) appended: u64,
    /// The version that its stream has now.
    pub(crate) version: StreamVersion,
}

impl Answer {
    /// 200 with `body`.
    ///
    /// # Errors
    /// [`Problem::Internal`] where `body` is no JSON.
    pub fn ok(body: &impl Serialize) -> Result<Self, Failure> {
        let body = serde_json::to_string(body)
            .map_err(|error| Failure { problem: Problem::Internal, cause: Some(Box::new(error)) })?;
        let headers = HeaderMap::from_iter([(CONTENT_TYPE, HeaderValue::from_static("application/json"))]);
        Ok(Self { status: 200, headers, body: Some(body), command: None })
    }

    /// 200 with a page of `items`, and the cursor behind which the `next` one is, if there is one.
    ///
    /// # Errors
    /// [`Problem::Internal`] where an item is no JSON.
    pub fn page<T: Serialize>(items: Vec<T>, next: Option<impl Display>) -> Result<Self, Failure> {
        Self::ok(&Page { items, next_cursor: next.map(|cursor| cursor.to_string()) })
    }

    /// 304: the caller has what is there.
    #[must_use]
    pub fn not_modified() -> Self {
        Self { status: 304, headers: HeaderMap::new(), body: None, command: None }
    }

    /// 200 with what a caller learns of a command that was carried out: which aggregate, its version, and its status.
    /// `id_name` is the member that has its `id`, as `thing_id`; `status` says where a state is.
    ///
    /// # Errors
    /// [`Problem::Internal`] where that is no JSON.
    pub fn receipt<S>(
        id_name: &'static str,
        id: &impl Display,
        outcome: &Outcome<S>,
        status: impl FnOnce(&S) -> &'static str,
    ) -> Result<Self, Failure> {
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

    /// The same answer as 201, with where to find what is new.
    #[must_use]
    pub fn created(self, location: &str) -> Self {
        Self { status: 201, ..self }.with(LOCATION, location)
    }

    /// The same answer with the entity tag of `version`.
    #[must_use]
    pub fn tagged(self, version: StreamVersion) -> Self {
        self.with(ETAG, &ETag(version).to_string())
    }

    /// The same answer with the advice to ask again in `seconds`.
    #[must_use]
    pub fn retry_after(self, seconds: u8) -> Self {
        self.with(RETRY_AFTER, &seconds.to_string())
    }

    /// The same answer with a header; a value that no header can hold is left out.
    #[must_use]
    pub(crate) fn with(mut self, name: HeaderName, value: &str) -> Self {
        if let Ok(value) = HeaderValue::from_str(value) {
            self.headers.insert(name, value);
        }
        self
    }

    /// The same answer with the trace that it belongs to.
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

    /// What the client is told of a problem whose type starts with `types`.
    pub(crate) fn problem(problem: &Problem, types: &str, request_id: &str) -> Self {
        let headers =
            HeaderMap::from_iter([(CONTENT_TYPE, HeaderValue::from_static("application/problem+json"))]);
        let body = Some(problem.body(types, request_id).to_string());
        let answer = Self { status: problem.status(), headers, body, command: None };
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
