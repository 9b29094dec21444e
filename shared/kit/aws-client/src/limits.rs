//! The timeouts and the number of attempts of a request.

use std::time::Duration;

/// The timeout for opening a connection. Within a region that takes milliseconds. After a second, at least one packet
/// is lost, and another attempt is faster than waiting.
pub const CONNECT_TIMEOUT: Duration = Duration::from_secs(1);

/// The timeout of one attempt, including its connection. `DynamoDB` responds within tens of milliseconds, and with a
/// page of 1 MB within hundreds of milliseconds.
pub const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(3);

/// The timeout of a request with all its attempts. A function has ten seconds by default, so one slow request leaves time
/// for a response that names the error. `http_api::respond` limits several slow requests together.
pub const OPERATION_TIMEOUT: Duration = Duration::from_secs(8);

/// How often a request is attempted, including the first attempt.
pub const MAX_ATTEMPTS: u32 = 3;

/// The longest pause before the second attempt. It doubles with each further attempt. The pause is short, because a
/// client waits for the response and a transient failure is usually over at once.
pub const FIRST_BACKOFF: Duration = Duration::from_millis(50);
