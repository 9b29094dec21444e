//! A request as handlers read it.

use std::fmt::Display;
use std::str::FromStr;
use std::sync::OnceLock;
use std::time::Duration;

use es_core::{
    Decider, DomainError, EventAppender, EventReader, Execution, JsonDocument, Metadata, Outcome,
    RequestHash, StreamId, Timestamp, execute_in_time,
};
use serde::de::DeserializeOwned;
use tokio::sync::watch;
use tracing::Span;

use crate::{Api, ApiError, Caller, Gateway, GatewayEvent, Problem, Query, body};

/// One request.
#[derive(Debug)]
pub struct Request {
    pub(crate) api: Api,
    pub(crate) gateway: Gateway,
    id: String,
    received_at: Timestamp,
    /// The body, once it was read.
    document: OnceLock<JsonDocument>,
    /// When Lambda ends the invocation; `None` if the event has no deadline.
    ends_at: Option<Timestamp>,
    /// Whether the request must not be recorded yet.
    is_record_held: watch::Sender<bool>,
}

impl Api {
    /// The request that `event` carries, received now.
    #[must_use]
    pub fn request(&self, event: GatewayEvent) -> Request {
        let GatewayEvent { payload: gateway, context, .. } = event;
        let received_at = self.source.now();
        // The end is fixed at the start: `cargo lambda watch` passes the remaining time in place of the deadline.
        let ends_at = Some(context.deadline).filter(|deadline| *deadline > 0).and_then(|deadline| {
            let left = i64::try_from(lambda::time_left(deadline, received_at).as_micros()).ok()?;
            Timestamp::from_micros(received_at.micros().checked_add(left)?).ok()
        });
        Request::new(self.clone(), gateway, context.request_id, ends_at, received_at)
    }
}

impl Request {
    fn new(
        api: Api,
        gateway: Gateway,
        id: String,
        ends_at: Option<Timestamp>,
        received_at: Timestamp,
    ) -> Self {
        let (document, is_record_held) = (OnceLock::new(), watch::Sender::new(false));
        Self { api, gateway, id, received_at, document, ends_at, is_record_held }
    }

    /// The request in API Gateway's payload format.
    #[must_use]
    pub const fn gateway(&self) -> &Gateway {
        &self.gateway
    }

    /// Another request of the same API that is part of this request, with its own payload `gateway`. The same
    /// invocation executes both, and the part is received now.
    #[must_use]
    pub fn part(&self, gateway: Gateway) -> Self {
        let (api, id, ends_at) = (self.api.clone(), self.id.clone(), self.ends_at);
        let received_at = api.source.now();
        Self::new(api, gateway, id, ends_at, received_at)
    }

    /// The invocation's id, which identifies its log lines.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// When the function received the request.
    #[must_use]
    pub const fn received_at(&self) -> Timestamp {
        self.received_at
    }

    /// How much time is left until Lambda ends the invocation; [`Duration::MAX`] if the event has no deadline.
    #[must_use]
    pub fn time_left(&self) -> Duration {
        self.time_at(self.api.source.now())
    }

    /// How much time was or is left at `now`.
    fn time_at(&self, now: Timestamp) -> Duration {
        self.ends_at.map_or(Duration::MAX, |end| {
            let micros = end.micros().saturating_sub(now.micros());
            Duration::from_micros(u64::try_from(micros).unwrap_or_default())
        })
    }

    /// The value of the path parameter `name`. Only the canonical form of a value is accepted, so that each resource
    /// has one URL. An id in upper-case digits, for example, is not found.
    ///
    /// # Errors
    /// [`Problem::NotFound`] if the parameter cannot be parsed as a `T` or is not in its canonical form.
    pub fn path<T: FromStr + Display>(&self, name: &str) -> Result<T, ApiError> {
        let text = self.gateway.path_parameters.get(name);
        let value = text.and_then(|text| text.parse().ok().filter(|value: &T| value.to_string() == *text));
        value.ok_or_else(|| Problem::NotFound.into())
    }

    /// The query parameters.
    ///
    /// # Errors
    /// [`Problem::Malformed`] if a parameter is repeated.
    pub fn query(&self) -> Result<Query, ApiError> {
        Query::parse(self.gateway.raw_query_string.as_deref().unwrap_or_default())
    }

    /// The body as JSON. A missing body counts as an object without members.
    ///
    /// A whole number may have any spelling, such as `1`, `1.0` and `1e0`. A `T` that is a struct requires an object,
    /// at any depth.
    ///
    /// # Errors
    /// [`Problem::Malformed`] with the path of the invalid or repeated member; [`Problem::TooLarge`] above
    /// [`MAX_BODY_BYTES`](crate::MAX_BODY_BYTES).
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, ApiError> {
        body::json(self.document()?)
    }

    /// The body, which is read once: the handler and the request's hash both need it.
    fn document(&self) -> Result<&JsonDocument, ApiError> {
        if let Some(document) = self.document.get() {
            return Ok(document);
        }
        let document = body::document(&body::text(&self.gateway)?)?;
        Ok(self.document.get_or_init(|| document))
    }

    /// The caller of the request.
    ///
    /// # Errors
    /// [`Problem::Unauthenticated`] if API Gateway passed on no subject. No route is configured to let such a request
    /// through.
    pub fn caller(&self) -> Result<Caller, ApiError> {
        Caller::from_context(&self.gateway.request_context, &self.api)
    }

    /// The caller of a request that requires `scope`. An admin needs no further scope.
    ///
    /// # Errors
    /// [`Problem::Unauthenticated`] if there is no caller; [`Problem::Forbidden`] if the caller has neither `scope` nor
    /// the admin scope.
    pub fn caller_with(&self, scope: &'static str) -> Result<Caller, ApiError> {
        let caller = self.caller()?;
        let is_allowed = caller.is_admin() || caller.has_scope(scope);
        let missing = || Problem::Forbidden { scope: self.api.scope_names.in_tokens(scope).to_owned() };
        if is_allowed { Ok(caller) } else { Err(missing().into()) }
    }

    /// The caller of a request that only admins may send.
    ///
    /// # Errors
    /// [`Problem::Unauthenticated`] if there is no caller; [`Problem::Forbidden`] if the caller is not an admin.
    pub fn admin(&self) -> Result<Caller, ApiError> {
        self.caller_with(self.api.admin_scope)
    }

    /// Executes `command` on `stream`, once for the request's idempotency key and only if the stream's version meets
    /// the request's preconditions.
    ///
    /// A retry begins in the first half of the request's time only. At least as many requests came before it as it
    /// takes itself, so it ends in time, unless the store becomes slower meanwhile.
    ///
    /// # Errors
    /// [`Problem::Malformed`] if a header or the body cannot be read; [`Problem::Unauthenticated`] if there is no
    /// caller; the problem of the error if [`execute`] fails.
    pub async fn carry_out<D: Decider<Error: DomainError>>(
        &self,
        store: &(impl EventReader + EventAppender),
        stream: StreamId,
        command: D::Command,
    ) -> Result<Outcome<D::State>, ApiError> {
        let (expectation, metadata) = (self.expectation()?, self.metadata()?);
        let execution = Execution { stream, command, expectation, metadata };
        let has_time = |pause| self.time_left().saturating_sub(pause) >= self.time_at(self.received_at) / 2;
        // The future is large, and the frame of the handler would move it several times.
        Ok(Box::pin(execute_in_time::<D, _>(store, execution, has_time)).await?)
    }

    /// Makes [`respond`](crate::respond) wait before it records the request in a log line and metrics, until
    /// [`release_record`](Self::release_record). A caller of `respond` that drops the response before then has no record
    /// of it, and can respond again.
    pub fn hold_record(&self) {
        self.is_record_held.send_replace(true);
    }

    /// Ends [`hold_record`](Self::hold_record).
    pub fn release_record(&self) {
        self.is_record_held.send_replace(false);
    }

    /// Waits until the request may be recorded.
    pub(crate) async fn record_released(&self) {
        // The channel cannot close, because its sender is in this request.
        self.is_record_held.subscribe().wait_for(|is_held| !is_held).await.ok();
    }

    /// Records the id of the `aggregate` that the request is about on the current span. Executing a command records the
    /// id itself.
    pub fn record_aggregate(&self, aggregate: impl Display) {
        Span::current().record("cqrs.aggregate_id", tracing::field::display(aggregate));
    }

    /// The metadata of the commit that this request makes.
    ///
    /// # Errors
    /// [`Problem::Malformed`] if the idempotency key or the body cannot be read; [`Problem::Unauthenticated`] if there
    /// is no caller.
    pub fn metadata(&self) -> Result<Metadata, ApiError> {
        let http = &self.gateway.request_context.http;
        let path = http.path.as_deref().unwrap_or_default();
        Ok(Metadata {
            occurred_at: self.received_at,
            actor: Caller::subject_in(&self.gateway.request_context)?.to_owned(),
            key: self.idempotency_key()?,
            request_hash: RequestHash::from_request(
                &format!("{} {path}", http.method),
                self.document()?.value(),
            ),
            traceparent: telemetry::traceparent()
                .or_else(|| telemetry::caller_traceparent(&self.gateway.headers)),
            correlation_id: self.correlation_id().to_owned(),
            causation_id: self.id.clone(),
        })
    }
}
