//! The time in log lines and metrics, and the time until the end of an invocation. It is the machine's time, even if a
//! simulation gives the handlers another time.

use std::time::SystemTime;

use es_core::Timestamp;

/// The machine's current time.
pub(crate) fn now() -> Timestamp {
    SystemTime::now().into()
}
