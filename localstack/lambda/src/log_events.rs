//! The log events of all functions, as `CloudWatch` Logs keeps them. The stack keeps only the newest of each function.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};

use stack_base::clock::now_ms;

/// Limits of each function's log. The oldest event is dropped first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LogLimits {
    /// Maximum number of kept events.
    pub events: usize,
    /// Maximum size of the kept messages in bytes.
    pub bytes: usize,
}

impl Default for LogLimits {
    /// 10,000 events and 4 MB.
    fn default() -> Self {
        Self { events: 10_000, bytes: 4 << 20 }
    }
}

/// One line of a function's log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogEvent {
    /// Number of the event within the function's log, counted from 0 without gaps.
    pub number: u64,
    /// Name of the log stream, one for each instance of the function.
    pub stream: Arc<str>,
    /// Time of the event in milliseconds since the epoch.
    pub timestamp_ms: i64,
    /// The line without its end.
    pub message: String,
}

/// The log events of all functions. Clones share them.
#[derive(Debug, Clone, Default)]
pub struct LogEvents(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    limits: LogLimits,
    logs: Mutex<BTreeMap<String, FunctionLog>>,
}

#[derive(Debug, Default)]
struct FunctionLog {
    events: VecDeque<LogEvent>,
    bytes: usize,
    next: u64,
}

impl LogEvents {
    pub(super) fn new(limits: LogLimits) -> Self {
        Self(Arc::new(Shared { limits, logs: Mutex::default() }))
    }

    /// The kept events of a function, oldest first.
    #[must_use]
    pub fn of_function(&self, function: &str) -> Vec<LogEvent> {
        let logs = self.0.logs.lock().unwrap_or_else(PoisonError::into_inner);
        logs.get(function).map(|log| log.events.iter().cloned().collect()).unwrap_or_default()
    }

    pub(super) fn append(&self, function: &str, stream: &Arc<str>, message: &str) {
        let Shared { limits, logs } = &*self.0;
        let mut logs = logs.lock().unwrap_or_else(PoisonError::into_inner);
        let log = logs.entry(function.to_owned()).or_default();
        log.bytes += message.len();
        log.events.push_back(LogEvent {
            number: log.next,
            stream: Arc::clone(stream),
            timestamp_ms: now_ms(),
            message: message.to_owned(),
        });
        log.next += 1;
        while log.bytes > limits.bytes || log.events.len() > limits.events {
            let Some(oldest) = log.events.pop_front() else { break };
            log.bytes -= oldest.message.len();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::{LogEvents, LogLimits};

    #[test]
    fn only_the_newest_events_are_kept() {
        let limits = LogLimits { events: 100, bytes: 1_000 };
        let (logs, stream) = (LogEvents::new(limits), Arc::from("stream"));
        for number in 0..=limits.events {
            logs.append("many", &stream, &number.to_string());
        }
        let kept = logs.of_function("many");
        assert_eq!((kept.len(), kept[0].number, kept[0].message.as_str()), (limits.events, 1, "1"));
        for message in ["a".repeat(limits.bytes), "b".to_owned()] {
            logs.append("large", &stream, &message);
        }
        let kept: Vec<String> = logs.of_function("large").into_iter().map(|event| event.message).collect();
        assert_eq!(kept, ["b"]);
        assert_eq!(logs.of_function("silent"), []);
    }
}
