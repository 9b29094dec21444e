//! A request as handlers read it.

use std::fmt::Display;
use std::str::FromStr;
use std::time::Duration;

use es_core::{
    Decider, DomainError, EventAppender, EventReader, Execution, IdempotencyKey, Metadata, Outcome,
    RequestHash, StreamId, Timestamp, execute,
};
use serde::de::DeserializeOwned;
use tracing::Span;

use crate::{Api, ApiError, Caller, Gateway, GatewayEvent, Problem, Query, body};

/// One request.
#[derive(Debug)]
pub struct Request {
    pub(crate) api: Api,
    pub(crate) gateway: Gateway,
    id: String,
    received_at: Timestamp,
    /// When Lambda ends the invocation; `None` if the event has no deadline.
    ends_at: Option<Timestamp>,
}

impl Api {
    /// The request that `event` carries, received now.
    #[must_use]
    pub fn request(&self, event: GatewayEvent) -> Request {
        let GatewayEvent { payload: gateway, context, .. } = event;
        let received_at = self.source.now();
        let ends_at = Some(context.deadline).filter(|deadline| *deadline > 0).and_then(|deadline| {
            let left = i64::try_from(lambda::time_left(deadline, received_at).as_micros()).ok()?;
            Timestamp::from_micros(received_at.micros().checked_add(left)?).ok()
        });
        Request { api: self.clone(), gateway, id: context.request_id, received_at, ends_at }
    }
}

impl Request {
    /// The request in API Gateway's payload format.
    #[must_use]
    pub const fn gateway(&self) -> &Gateway {
        &self.gateway
    }

    /// Another request of the same API that is part of this request, with its own payload `gateway`. The same
    /// invocation executes both, and the part is received now.
    #[must_use]
    pub fn part(&self, gateway: Gateway) -> Self {
        let Self { api, id, ends_at, .. } = self;
        Self { api: api.clone(), gateway, id: id.clone(), received_at: api.source.now(), ends_at: *ends_at }
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
        let now = self.api.source.now().micros();
        self.ends_at.map_or(Duration::MAX, |end| {
            Duration::from_micros(u64::try_from(end.micros().saturating_sub(now)).unwrap_or_default())
        })
    }

    /// The value of the header `name`, if the request has the header and the value is text.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.gateway.headers.get(name)?.to_str().ok()
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
    /// # Errors
    /// [`Problem::Malformed`] with the name of the invalid field; [`Problem::TooLarge`] above
    /// [`MAX_BODY_BYTES`](crate::MAX_BODY_BYTES).
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, ApiError> {
        body::json(&body::text(&self.gateway)?)
    }

    /// The caller of the request.
    ///
    /// # Errors
    /// [`Problem::Unauthenticated`] if API Gateway passed on no subject. No route is configured to let such a request
    /// through.
    pub fn caller(&self) -> Result<Caller, ApiError> {
        Caller::from_context(&self.gateway.request_context, self.api.admin_scope)
    }

    /// The caller of a request that only admins may send.
    ///
    /// # Errors
    /// [`Problem::Unauthenticated`] if there is no caller; [`Problem::Forbidden`] if the caller is not an admin.
    pub fn admin(&self) -> Result<Caller, ApiError> {
        let caller = self.caller()?;
        let scope = self.api.admin_scope;
        if caller.is_admin() { Ok(caller) } else { Err(Problem::Forbidden { scope }.into()) }
    }

    /// The id that all messages of one conversation share: the header `x-correlation-id` if it is valid, and otherwise
    /// the request's own id.
    #[must_use]
    pub fn correlation_id(&self) -> &str {
        let usable =
            |id: &&str| (1..=128).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_graphic());
        self.header("x-correlation-id").filter(usable).unwrap_or(&self.id)
    }

    /// Executes `command` on `stream`, once for the request's idempotency key and at the version in its `If-Match`
    /// header.
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
        Ok(execute::<D, _>(store, Execution { stream, command, expectation, metadata }).await?)
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
        let body = body::any(&body::text(&self.gateway)?)?;
        Ok(Metadata {
            occurred_at: self.received_at,
            actor: self.caller()?.subject().to_owned(),
            key: self.idempotency_key()?,
            request_hash: RequestHash::from_request(&format!("{} {path}", http.method), &body),
            traceparent: telemetry::traceparent()
                .or_else(|| telemetry::caller_traceparent(&self.gateway.headers)),
            correlation_id: self.correlation_id().to_owned(),
            causation_id: self.id.clone(),
        })
    }

    /// The request's `Idempotency-Key`, bare or as a quoted string. If the header is missing, a new unique key.
    fn idempotency_key(&self) -> Result<IdempotencyKey, ApiError> {
        const NAME: &str = "Idempotency-Key";
        let Some(header) = self.gateway.headers.get(NAME) else {
            return self.api.source.key().to_string().try_into().map_err(|_| Problem::Internal.into());
        };
        let text = header.to_str().unwrap_or_default();
        let bare = text.strip_prefix('"').and_then(|text| text.strip_suffix('"')).unwrap_or(text);
        IdempotencyKey::try_from(bare.to_owned())
            .map_err(|error| ApiError::malformed(NAME, "idempotency-key-malformed", error.to_string()))
    }
}
