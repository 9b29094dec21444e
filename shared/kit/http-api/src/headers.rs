//! The request headers that handlers understand. Each is absent, valid, or refused with 400 and its name; a value that
//! is not text is refused too.
//!
//! | header | grammar | read by |
//! | --- | --- | --- |
//! | `If-Match` | `*` or entity tags (RFC 9110, section 13.1.1) | commands |
//! | `If-None-Match` | `*` or entity tags (RFC 9110, section 13.1.2) | commands, queries of one view |
//! | `Idempotency-Key` | 1 to 255 visible ASCII characters, bare or in quotes | commands |
//! | `Prefer` | preferences (RFC 7240); only `wait` has a meaning | queries of one view |
//! | `X-Correlation-Id` | 1 to 128 visible ASCII characters | all |
//!
//! The tracing headers `traceparent`, `tracestate` and `X-Amzn-Trace-Id` are not in the list. The crate `telemetry`
//! reads them and ignores a malformed one, because a broken trace must not fail a request. API Gateway joins the values
//! of a repeated header with commas, so a header whose grammar is a list may be repeated.

use std::time::Duration;

use es_core::{Expectation, IdempotencyKey};

use crate::tags::{Comparison, EntityTags, entity_tags};
use crate::{ApiError, MAX_WAIT_SECONDS, Request, prefer};

const IF_MATCH: &str = "If-Match";
const IF_NONE_MATCH: &str = "If-None-Match";
const IDEMPOTENCY_KEY: &str = "Idempotency-Key";
const PREFER: &str = "Prefer";
const CORRELATION_ID: &str = "X-Correlation-Id";

impl Request {
    /// The value of the header `name`; `None` if the request does not have the header.
    ///
    /// # Errors
    /// [`Problem::Malformed`] with the name of the header if its value is not text.
    pub fn header(&self, name: &'static str) -> Result<Option<&str>, ApiError> {
        let Some(value) = self.gateway.headers.get(name) else { return Ok(None) };
        let malformed = |_| ApiError::malformed(name, "header-malformed", "must be ASCII text");
        value.to_str().map(Some).map_err(malformed)
    }

    /// What the caller expects of the version, according to `If-Match` and `If-None-Match`. A request without these
    /// headers expects nothing.
    ///
    /// # Errors
    /// [`Problem::Malformed`] if a header is neither `*` nor a list of entity tags.
    pub fn expectation(&self) -> Result<Expectation, ApiError> {
        let one_of = self.entity_tags(IF_MATCH, "if-match-malformed")?;
        let one_of = one_of.map(|tags| tags.versions(Comparison::Strong));
        let none_of = self.copies()?.map(|tags| tags.versions(Comparison::Weak));
        Ok(match (&one_of, &none_of) {
            (None, None) => Expectation::Any,
            _ => Expectation::Version { one_of, none_of },
        })
    }

    /// The expectation of a request that creates something. Without precondition headers the stream is expected to be
    /// new, so the execution does not read it. With `If-Match` the request is refused, because nothing exists that
    /// could match.
    ///
    /// # Errors
    /// Those of [`Self::expectation`].
    pub fn expects_nothing_there(&self) -> Result<Expectation, ApiError> {
        Ok(match self.expectation()? {
            Expectation::Any => Expectation::New,
            expectation => expectation,
        })
    }

    /// Refuses the precondition headers for a request on a resource without versions. `cure` tells the client what to
    /// do instead.
    ///
    /// # Errors
    /// [`Problem::Malformed`] if the request has `If-Match` or `If-None-Match`.
    pub fn refuse_preconditions(&self, cure: &'static str) -> Result<(), ApiError> {
        for name in [IF_MATCH, IF_NONE_MATCH] {
            if self.header(name)?.is_some() {
                return Err(ApiError::malformed(name, "precondition-unexpected", cure));
            }
        }
        Ok(())
    }

    /// The tags of the caller's copies, according to `If-None-Match`.
    ///
    /// # Errors
    /// [`Problem::Malformed`] if the header is neither `*` nor a list of entity tags.
    pub fn copies(&self) -> Result<Option<EntityTags<'_>>, ApiError> {
        self.entity_tags(IF_NONE_MATCH, "if-none-match-malformed")
    }

    fn entity_tags(
        &self,
        name: &'static str,
        code: &'static str,
    ) -> Result<Option<EntityTags<'_>>, ApiError> {
        let Some(tags) = self.header(name)? else { return Ok(None) };
        let malformed =
            || ApiError::malformed(name, code, "must be * or tags in quotes, such as \"3\", \"4\"");
        entity_tags(tags).map(Some).ok_or_else(malformed)
    }

    /// How long the caller prefers to wait instead of getting an early response, at most [`MAX_WAIT_SECONDS`]. Other
    /// preferences are ignored, as RFC 7240 requires.
    ///
    /// # Errors
    /// [`Problem::Malformed`] if the header is not a list of preferences, or if `wait` is not a number of seconds.
    pub fn wait(&self) -> Result<Duration, ApiError> {
        let Some(preferences) = self.header(PREFER)? else { return Ok(Duration::ZERO) };
        let malformed = || {
            let detail = "must be preferences such as wait=10; wait takes a whole number of seconds";
            ApiError::malformed(PREFER, "prefer-malformed", detail)
        };
        let seconds = prefer::wait(preferences).ok_or_else(malformed)?;
        Ok(Duration::from_secs(seconds.min(MAX_WAIT_SECONDS)))
    }

    /// The caller's `Idempotency-Key`, bare or as a quoted string; `None` if the request does not have the header.
    ///
    /// # Errors
    /// [`Problem::Malformed`] if the header is not a valid key.
    pub fn given_key(&self) -> Result<Option<IdempotencyKey>, ApiError> {
        let malformed =
            |detail: &str| ApiError::malformed(IDEMPOTENCY_KEY, "idempotency-key-malformed", detail);
        let Some(text) = self.header(IDEMPOTENCY_KEY)? else { return Ok(None) };
        let bare = match text.strip_prefix('"') {
            None => text,
            Some(quoted) => quoted
                .strip_suffix('"')
                .filter(|bare| !bare.contains(['"', '\\']))
                .ok_or_else(|| malformed("must have quotes at both ends only, or no quotes at all"))?,
        };
        let key = IdempotencyKey::try_from(bare.to_owned());
        key.map(Some).map_err(|error| malformed(&error.to_string()))
    }

    /// The caller's key, or a new unique key if the request does not have one.
    ///
    /// # Errors
    /// Those of [`Self::given_key`].
    pub(crate) fn idempotency_key(&self) -> Result<IdempotencyKey, ApiError> {
        match self.given_key()? {
            Some(key) => Ok(key),
            None => Ok(self.api.source.key().into()),
        }
    }

    /// The id that all messages of one conversation share: the header `X-Correlation-Id`, or the request's own id if
    /// the header is missing or invalid. [`respond`](crate::respond()) refuses a request with an invalid header.
    #[must_use]
    pub fn correlation_id(&self) -> &str {
        self.given_correlation_id().ok().flatten().unwrap_or(self.id())
    }

    /// The header `X-Correlation-Id`.
    ///
    /// # Errors
    /// [`Problem::Malformed`] if the header is not a valid id.
    pub(crate) fn given_correlation_id(&self) -> Result<Option<&str>, ApiError> {
        let Some(id) = self.header(CORRELATION_ID)? else { return Ok(None) };
        let is_valid = (1..=128).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_graphic());
        let detail = "must have 1 to 128 visible ASCII characters";
        let malformed = || ApiError::malformed(CORRELATION_ID, "correlation-id-malformed", detail);
        if is_valid { Ok(Some(id)) } else { Err(malformed()) }
    }
}
