//! Conditional requests: RFC 9110, section 13, over versions as entity tags. And `Prefer: wait`: RFC 7240, section 4.3.

use std::fmt;
use std::time::Duration;

use es_core::{Expectation, StreamVersion};

use crate::{Failure, Request};

/// The longest a request waits for what it asks for, in seconds: within API Gateway's 30, with room to answer.
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
    /// What the caller believes of the thing it changes: `If-Match: "3"` expects that version, `*` or none expects
    /// nothing that the domain does not check itself.
    ///
    /// # Errors
    /// [`Problem::Malformed`](crate::Problem::Malformed) for anything but one strong tag of a version.
    pub fn expectation(&self) -> Result<Expectation, Failure> {
        const NAME: &str = "If-Match";
        match self.header(NAME).map(str::trim) {
            None | Some("*") => Ok(Expectation::Any),
            Some(tag) => match strong(tag) {
                Some(version) => Ok(Expectation::Exactly(version)),
                None => Err(Failure::malformed(
                    NAME,
                    "if-match-malformed",
                    "one version in quotes is read: \"3\"",
                )),
            },
        }
    }

    /// What the maker of something new may believe of it: nothing.
    ///
    /// # Errors
    /// [`Problem::Malformed`](crate::Problem::Malformed) where there is an `If-Match` all the same.
    pub fn expects_nothing_there(&self) -> Result<Expectation, Failure> {
        const NAME: &str = "If-Match";
        match self.header(NAME) {
            None => Ok(Expectation::New),
            Some(_) => Err(Failure::malformed(NAME, "if-match-unexpected", "what is new has no version yet")),
        }
    }

    /// Whether the caller has `current` already: `If-None-Match`, by weak comparison.
    #[must_use]
    pub fn has(&self, current: ETag) -> bool {
        let current = current.to_string();
        self.header("If-None-Match").is_some_and(|tags| {
            tags.split(',').map(str::trim).any(|tag| tag == "*" || tag.trim_start_matches("W/") == current)
        })
    }

    /// How long the caller would rather wait than get an early answer, at most [`MAX_WAIT_SECONDS`]. What cannot be
    /// read is no preference: RFC 7240 has it ignored.
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
