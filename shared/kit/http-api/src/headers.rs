//! Conditional requests with versions as entity tags (RFC 9110, section 13), and `Prefer: wait` (RFC 7240, section
//! 4.3).

use std::fmt;
use std::time::Duration;

use es_core::{Expectation, StreamVersion};

use crate::{ApiError, Request};

/// The maximum time that a request waits for a version, in seconds. API Gateway ends a request after 30 seconds, so
/// some time is left for the response.
pub const MAX_WAIT_SECONDS: u64 = 20;

/// The strong entity tag of a version: `"3"`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ETag(pub StreamVersion);

impl fmt::Display for ETag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{}\"", self.0)
    }
}

impl Request {
    /// The version that the caller expects. `If-Match: "3"` expects version 3. `*` or no header expects no particular
    /// version.
    ///
    /// # Errors
    /// [`Problem::Malformed`](crate::Problem::Malformed) if the header is not one strong tag of a version.
    pub fn expectation(&self) -> Result<Expectation, ApiError> {
        const NAME: &str = "If-Match";
        match self.header(NAME).map(str::trim) {
            None | Some("*") => Ok(Expectation::Any),
            Some(tag) => match strong(tag) {
                Some(version) => Ok(Expectation::Exactly(version)),
                None => Err(ApiError::malformed(
                    NAME,
                    "if-match-malformed",
                    "must be one version in quotes, such as \"3\", or *",
                )),
            },
        }
    }

    /// The expectation of a request that creates something: the stream is new.
    ///
    /// # Errors
    /// [`Problem::Malformed`](crate::Problem::Malformed) if the request has an `If-Match` header.
    pub fn expects_nothing_there(&self) -> Result<Expectation, ApiError> {
        const NAME: &str = "If-Match";
        match self.header(NAME) {
            None => Ok(Expectation::New),
            Some(_) => Err(ApiError::malformed(
                NAME,
                "if-match-unexpected",
                "a new resource has no version; remove the header",
            )),
        }
    }

    /// Whether the caller's copy has the tag `current`, according to `If-None-Match`. The comparison is weak.
    #[must_use]
    pub fn has(&self, current: ETag) -> bool {
        let current = current.to_string();
        self.header("If-None-Match").is_some_and(|tags| {
            tags.split(',').map(str::trim).any(|tag| tag == "*" || tag.trim_start_matches("W/") == current)
        })
    }

    /// How long the caller prefers to wait instead of getting an early response, at most [`MAX_WAIT_SECONDS`]. A
    /// preference that cannot be read is ignored, as RFC 7240 requires.
    #[must_use]
    pub fn wait(&self) -> Duration {
        let preferences = self.header("Prefer").unwrap_or_default();
        let seconds = preferences.split([',', ';']).find_map(|preference| {
            let (name, value) = preference.split_once('=')?;
            name.trim().eq_ignore_ascii_case("wait").then(|| value.trim().parse::<u64>().ok()).flatten()
        });
        Duration::from_secs(seconds.unwrap_or(0).min(MAX_WAIT_SECONDS))
    }
}

fn strong(tag: &str) -> Option<StreamVersion> {
    let number = tag.strip_prefix('"')?.strip_suffix('"')?;
    let plain = number.bytes().all(|byte| byte.is_ascii_digit());
    number.parse().ok().filter(|_| plain).map(StreamVersion::new)
}
