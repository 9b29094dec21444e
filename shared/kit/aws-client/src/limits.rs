//! How long a request may take and how often it is tried.

use std::time::Duration;

/// To open a connection: within a region that takes milliseconds, so that a second means a lost packet at the least,
/// and another try is the faster way.
pub const CONNECT_TIMEOUT: Duration = Duration::from_secs(1);

/// For one attempt, its connection included: `DynamoDB` answers within tens of milliseconds, a page of 1 MB within
/// hundreds.
pub const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(3);

/// For a request with all its attempts: short of the ten seconds that a function has by default, so that its caller
/// gets an answer that says what is wrong.
pub const OPERATION_TIMEOUT: Duration = Duration::from_secs(8);

/// How often a request is tried, the first time included.
pub const MAX_ATTEMPTS: u32 = 3;

/// The most that is waited before the second attempt; it doubles with each further one. A caller waits for the
/// answer, and a request that failed by chance is answered at once when it is tried again.
pub const FIRST_BACKOFF: Duration = Duration::from_millis(50);
