//! The digest of all calls and responses of a run.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Mutex;

/// The digest of all calls so far, and optionally the calls themselves.
#[derive(Debug)]
pub(crate) struct CallTrace(Mutex<Calls>);

#[derive(Debug)]
struct Calls {
    digest: DefaultHasher,
    number: u64,
    lines: Option<Vec<String>>,
}

impl CallTrace {
    /// A trace that keeps all lines if `keeps` is true, and otherwise only the digest.
    pub(crate) fn new(keeps: bool) -> Self {
        let lines = keeps.then(Vec::new);
        Self(Mutex::new(Calls { digest: DefaultHasher::new(), number: 0, lines }))
    }

    /// Adds `line` to the digest and, if the trace keeps lines, to the lines.
    pub(crate) fn note(&self, line: String) {
        let mut calls = self.0.lock().unwrap();
        line.hash(&mut calls.digest);
        calls.number += 1;
        if let Some(lines) = &mut calls.lines {
            lines.push(line);
        }
    }

    /// The digest and the number of calls.
    pub(crate) fn digest(&self) -> (u64, u64) {
        let calls = self.0.lock().unwrap();
        (calls.digest.finish(), calls.number)
    }

    pub(crate) fn lines(&self) -> Vec<String> {
        self.0.lock().unwrap().lines.clone().unwrap_or_default()
    }
}
