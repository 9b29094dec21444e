//! How long the requests of one instance may wait for a version.
//!
//! A waiting request occupies its instance, and the projection that it waits for needs instances as well. If projections
//! fall behind, every wait takes its full time, so waits could take the instances that end them. An instance answers one
//! request at a time and does not know how many others wait. But it notices that waits are in vain, and then it grants no waits
//! for a while.

use std::str::FromStr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// The maximum time that a request waits for a version, in seconds. API Gateway ends a request after 30 seconds, so
/// some time is left for the response.
pub const MAX_WAIT_SECONDS: u64 = 20;
/// How long requests do not wait after a wait in vain.
const REST: Duration = Duration::from_secs(10);
/// The longest wait after the rest, until a wait finds its version.
const LONGEST_TRIAL: Duration = Duration::from_secs(1);

/// The waits of one instance. Clones share them.
#[derive(Debug, Clone)]
pub struct Waits {
    longest: Duration,
    /// When the latest wait in vain ended; `None` if a later wait found its version.
    in_vain: Arc<Mutex<Option<Instant>>>,
}

impl Waits {
    /// Waits of up to `longest`, and of [`MAX_WAIT_SECONDS`] at most.
    #[must_use]
    pub fn up_to(longest: Duration) -> Self {
        Self { longest: longest.min(Duration::from_secs(MAX_WAIT_SECONDS)), in_vain: Arc::default() }
    }

    /// How long a request may wait that prefers to wait for `preferred`.
    pub(crate) fn granted(&self, preferred: Duration) -> Duration {
        let in_vain = *self.in_vain.lock().unwrap_or_else(PoisonError::into_inner);
        let longest = match in_vain {
            None => self.longest,
            Some(ended) if ended.elapsed() < REST => Duration::ZERO,
            Some(_) => self.longest.min(LONGEST_TRIAL),
        };
        preferred.min(longest)
    }

    /// Notes how a wait ended. A request that found its version at once has not waited, and shows nothing about waits.
    pub(crate) fn note(&self, has_version: bool) {
        let mut in_vain = self.in_vain.lock().unwrap_or_else(PoisonError::into_inner);
        *in_vain = (!has_version).then(Instant::now);
    }
}

/// The text is not a number of seconds.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the longest wait must be a whole number of seconds, such as 5, and not {0:?}")]
pub struct LongestWaitError(String);

impl FromStr for Waits {
    type Err = LongestWaitError;

    /// Reads the seconds of the longest wait.
    fn from_str(seconds: &str) -> Result<Self, LongestWaitError> {
        let longest = seconds.parse().map_err(|_| LongestWaitError(seconds.to_owned()))?;
        Ok(Self::up_to(Duration::from_secs(longest)))
    }
}

impl Default for Waits {
    fn default() -> Self {
        Self::up_to(Duration::from_secs(MAX_WAIT_SECONDS))
    }
}
