//! The invocations of the operators, as a check sees them: at most one of each operator changes anything at a time, and
//! an operator is refused only if another invocation may have its lease.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard};

use tokio::time::Instant;

use super::LONGEST_WAY;

/// The invocations of all operators.
#[derive(Debug, Default)]
pub(crate) struct OperatorInvocations(Mutex<BTreeMap<&'static str, Invocations>>);

/// The invocations of one operator.
#[derive(Debug, Default, Clone, Copy)]
struct Invocations {
    /// The number of invocations that have begun.
    begun: u64,
    /// The number of invocations that have not ended.
    alive: u32,
    /// The number of invocations that work with the lease.
    working: u32,
    /// Set if an invocation ended without returning the lease for sure: when its last request has arrived at the latest.
    last_request: Option<Instant>,
}

/// An invocation from its beginning to its end.
pub(crate) struct Invocation<'a> {
    all: &'a OperatorInvocations,
    operator: &'static str,
    began: Instant,
    /// The invocations of the operator just before this one began.
    before: Invocations,
}

/// The part of an invocation that has the lease.
pub(crate) struct Work<'a> {
    all: &'a OperatorInvocations,
    operator: &'static str,
}

impl OperatorInvocations {
    /// An invocation of `operator` begins.
    pub(crate) fn begin(&self, operator: &'static str) -> Invocation<'_> {
        let mut all = self.all();
        let invocations = all.entry(operator).or_default();
        let before = *invocations;
        invocations.begun += 1;
        invocations.alive += 1;
        Invocation { all: self, operator, began: Instant::now(), before }
    }

    fn all(&self) -> MutexGuard<'_, BTreeMap<&'static str, Invocations>> {
        self.0.lock().unwrap()
    }
}

impl<'a> Invocation<'a> {
    /// The invocation has the lease and begins to work. The flag is true if another invocation of the operator works
    /// already.
    pub(crate) fn work(&self) -> (Work<'a>, bool) {
        let (all, operator) = (self.all, self.operator);
        let mut invocations = all.all();
        let invocations = invocations.entry(operator).or_default();
        invocations.working += 1;
        (Work { all, operator }, invocations.working > 1)
    }

    /// The invocation ends. `returned` says whether it has returned the lease for sure. If another invocation died, its
    /// request for the lease can still arrive after this return.
    pub(crate) fn end(&self, returned: bool) {
        if let Some(invocations) = self.all.all().get_mut(self.operator) {
            if !returned {
                invocations.last_request = Some(Instant::now() + LONGEST_WAY);
            } else if invocations.last_request.is_some_and(|arrived| arrived < self.began) {
                invocations.last_request = None;
            }
        }
    }

    /// Whether no other invocation can have had the lease since this one began.
    pub(crate) fn is_alone(&self) -> bool {
        let now = self.all.all().get(self.operator).copied().unwrap_or_default();
        self.before.alive == 0 && self.before.last_request.is_none() && now.begun == self.before.begun + 1
    }
}

impl Drop for Invocation<'_> {
    fn drop(&mut self) {
        if let Some(invocations) = self.all.all().get_mut(self.operator) {
            invocations.alive -= 1;
        }
    }
}

impl Drop for Work<'_> {
    fn drop(&mut self) {
        if let Some(invocations) = self.all.all().get_mut(self.operator) {
            invocations.working -= 1;
        }
    }
}
