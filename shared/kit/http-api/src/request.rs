//! A request, as a handler asks questions of it.

use std::fmt::Display;
use std::str::FromStr;

use es_core::{
    Decider, DomainError, EventAppender, EventReader, Execution, IdempotencyKey, Metadata, Outcome,
    RequestHash, StreamId, Timestamp, execute,
};
use serde::de::DeserializeOwned;
use tracing::Span;

use crate::{Api, Caller, Failure, Gateway, GatewayEvent, Problem, Query, body};

/// One request of a caller.
#[derive(Debug)]
pub struct Request {
    pub(crate) api: Api,
    pub(crate) gateway: Gateway,
    id: String,
    received_at: Timestamp,
}

impl Api {
    /// The request that `event` carries, received now.
    #[must_use]
    pub fn request(&self, event: GatewayEvent) -> Request {
        let GatewayEvent { payload, context, .. } = event;
        Request::new(self.clone(), payload, context.request_id)
    }
}

impl Request {
    fn new(api: Api, gateway: Gateway, id: String) -> Self {
        let received_at = api.source.now();
        Self { api, gateway, id, received_at }
    }

    /// The payload that API Gateway made of it.
    #[must_use]
    pub const fn gateway(&self) -> &Gateway {
        &self.gateway
    }

    /// Another request of the same API, which `gateway` describes and the same invocation carries out, received now.
    #[must_use]
    pub fn part(&self, gateway: Gateway) -> Self {
        Self::new(self.api.clone(), gateway, self.id.clone())
    }

    /// The invocation's id, by which its log is found.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// When it was received.
    #[must_use]
    pub const fn received_at(&self) -> Timestamp {
        self.received_at
    }

    /// The header `name`, where there is one that is text.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.gateway.headers.get(name)?.to_str().ok()
    }

    /// The value of the path parameter `name`. It stands there as it is written everywhere, so that one thing has one
    /// address: digits of an id in upper case, say, are another.
    ///
    /// # Errors
    /// [`Problem::NotFound`] where it does not read as a `T`, or is written otherwise: nothing can be at such a path.
    pub fn path<T: FromStr + Display>(&self, name: &str) -> Result<T, Failure> {
        let text = self.gateway.path_parameters.get(name);
        let value = text.and_then(|text| text.parse().ok().filter(|value: &T| value.to_string() == *text));
        value.ok_or_else(|| Problem::NotFound.into())
    }

    /// The query parameters.
    ///
    /// # Errors
    /// [`Problem::Malformed`] where one stands twice.
    pub fn query(&self) -> Result<Query, Failure> {
        Query::parse(self.gateway.raw_query_string.as_deref().unwrap_or_default())
    }

    /// The body as JSON; an absent one counts as an object without members.
    ///
    /// # Errors
    /// [`Problem::Malformed`] naming the field, [`Problem::TooLarge`].
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, Failure> {
        body::json(&body::text(&self.gateway)?)
    }

    /// On whose behalf it comes.
    ///
    /// # Errors
    /// [`Problem::Unauthenticated`] where API Gateway passed on no subject: no route is meant to let that through.
    pub fn caller(&self) -> Result<Caller, Failure> {
        Caller::from_context(&self.gateway.request_context, self.api.admin_scope)
    }

    /// On behalf of which admin it comes.
    ///
    /// # Errors
    /// [`Problem::Unauthenticated`]; [`Problem::Forbidden`] where the caller is not one.
    pub fn admin(&self) -> Result<Caller, Failure> {
        let caller = self.caller()?;
        let scope = self.api.admin_scope;
        if caller.is_admin() { Ok(caller) } else { Err(Problem::Forbidden { scope }.into()) }
    }

    /// What ties it to the other messages of one conversation: the header `x-correlation-id` where it is usable,
    /// or else the request's own id.
    #[must_use]
    pub fn correlation_id(&self) -> &str {
        let usable =
            |id: &&str| (1..=128).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_graphic());
        self.header("x-correlation-id").filter(usable).unwrap_or(&self.id)
    }

    /// Carries out `command` on `stream` as the request asks for it: once for its idempotency key, at the version that
    /// its `If-Match` names.
    ///
    /// # Errors
    /// [`Problem::Malformed`] where a header or the body cannot be read, [`Problem::Unauthenticated`]; what
    /// [`execute`] fails with.
    pub async fn carry_out<D: Decider<Error: DomainError>>(
        &self,
        store: &(impl EventReader + EventAppender),
        stream: StreamId,
        command: D::Command,
    ) -> Result<Outcome<D::State>, Failure> {
        let (expectation, metadata) = (self.expectation()?, self.metadata()?);
        Ok(execute::<D, _>(store, Execution { stream, command, expectation, metadata }).await?)
    }

    /// Tells the request's span which `aggregate` it asks for, by the id of its stream. A command's execution does so
    /// itself.
    pub fn concerns(&self, aggregate: impl Display) {
        Span::current().record("cqrs.aggregate_id", tracing::field::display(aggregate));
    }

    /// What is recorded with the commit that this request makes.
    ///
    /// # Errors
    /// [`Problem::Malformed`] where the idempotency key or the body cannot be read, [`Problem::Unauthenticated`].
    pub fn metadata(&self) -> Result<Metadata, Failure> {
        let http = &self.gateway.request_context.http;
        let path = http.path.as_deref().unwrap_or_default();
        let body = body::any(&body::text(&self.gateway)?)?;
        Ok(Metadata {
            occurred_at: self.received_at,
            actor: self.caller()?.subject().to_owned(),
            key: self.idempotency_key()?,
            request_hash: RequestHash::of(&format!("{} {path}", http.method), &body),
            traceparent: telemetry::traceparent()
                .or_else(|| telemetry::caller_traceparent(&self.gateway.headers)),
            correlation_id: self.correlation_id().to_owned(),
            causation_id: self.id.clone(),
        })
    }

    /// The caller's `Idempotency-Key`, bare or as a quoted string, or one that no other request has.
    fn idempotency_key(&self) -> Result<IdempotencyKey, Failure> {
        const NAME: &str = "Idempotency-Key";
        let Some(header) = self.gateway.headers.get(NAME) else {
            return self.api.source.key().to_string().try_into().map_err(|_| Problem::Internal.into());
        };
        let text = header.to_str().unwrap_or_default();
        let bare = text.strip_prefix('"').and_then(|text| text.strip_suffix('"')).unwrap_or(text);
        IdempotencyKey::try_from(bare.to_owned())
            .map_err(|error| Failure::malformed(NAME, "idempotency-key-malformed", error.to_string()))
    }
}
