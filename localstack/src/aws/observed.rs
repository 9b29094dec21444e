//! What functions were seen to call, so that a policy can be held against its use.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

use serde::Serialize;
use serde_json::{Value, json};

use super::needs::Need;

/// One action on one resource that a function asked for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct ObservedCall {
    /// Such as `dynamodb:PutItem`.
    pub action: String,
    /// ARN of the resource, or `*` when the action has none.
    pub resource: String,
    /// Whether the function's statements allowed it.
    pub allowed: bool,
}

/// Calls by function; clones share them.
#[derive(Debug, Clone, Default)]
pub struct ObservedCalls(Arc<Mutex<BTreeMap<String, BTreeSet<ObservedCall>>>>);

impl ObservedCalls {
    /// Every call seen so far, by physical name of the function.
    #[must_use]
    pub fn all(&self) -> BTreeMap<String, BTreeSet<ObservedCall>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(super) fn note(&self, function: &str, need: &Need, allowed: bool) {
        let call = ObservedCall { action: need.action.clone(), resource: need.resource.clone(), allowed };
        let mut calls = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        calls.entry(function.to_owned()).or_default().insert(call);
    }

    pub(super) fn to_json(&self) -> Value {
        json!(self.all())
    }
}
