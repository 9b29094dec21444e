//! The time in log lines and metrics. It is the machine's even where a simulation gives handlers another time.

use std::time::SystemTime;

use es_core::Timestamp;

/// The machine's time of day.
pub(crate) fn now() -> Timestamp {
    SystemTime::now().into()
}
