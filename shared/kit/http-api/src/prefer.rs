//! `Prefer: wait`, RFC 7240, section 4.3.

use std::time::Duration;

use crate::Request;

/// The longest a request waits for what it asks for, in seconds: within API Gateway's 30, with room to answer.
pub const MAX_WAIT_SECONDS: u64 = 20;

impl Request {
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
