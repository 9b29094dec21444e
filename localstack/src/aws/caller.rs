//! Identifies callers: the function whose access key signed the request, or a developer. Also records the calls of each
//! function, for comparing its policy with its use.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

use axum::http::{HeaderMap, header};
use serde::Serialize;
use serde_json::{Value, json};
use stack_lambda::access_key;
use stack_template::{Function, Statement};

use super::needs::Need;

/// Maximum number of distinct calls of a function that are kept. A function has some tens of them, unless it names resources
/// that its callers choose.
const KEPT_CALLS: usize = 1_000;

/// A function that calls the endpoint.
#[derive(Debug, Clone)]
pub(crate) struct CallingFunction {
    /// Physical name of the function.
    pub(super) function: String,
    /// Name of its role.
    pub(super) role: String,
    /// Statements of the role's policies.
    pub(super) statements: Vec<Statement>,
}

/// Functions, by access key.
#[derive(Debug, Clone, Default)]
pub(crate) struct CallingFunctions(BTreeMap<String, CallingFunction>);

impl CallingFunctions {
    /// Registers the template's functions with the access keys of their instances.
    pub(crate) fn new(functions: &[Function]) -> Self {
        let caller = |function: &Function| {
            let Function { name, role, statements, .. } = function;
            let caller = CallingFunction {
                function: name.clone(),
                role: role.clone(),
                statements: statements.clone(),
            };
            (access_key(name), caller)
        };
        Self(functions.iter().map(caller).collect())
    }

    /// The function that signed a request; `None` for other callers.
    pub(super) fn find(&self, headers: &HeaderMap) -> Option<&CallingFunction> {
        let authorization = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
        let (_, credential) = authorization.split_once("Credential=")?;
        self.0.get(credential.split('/').next()?)
    }
}

/// An action on a resource that a function requested.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct ObservedCall {
    /// The action, such as `dynamodb:PutItem`.
    pub action: String,
    /// ARN of the resource, or `*` if the action has none.
    pub resource: String,
    /// True if the function's statements allowed the call.
    pub allowed: bool,
}

/// The first 1,000 distinct calls of each function. Clones share them.
#[derive(Debug, Clone, Default)]
pub struct ObservedCalls(Arc<Mutex<BTreeMap<String, BTreeSet<ObservedCall>>>>);

impl ObservedCalls {
    /// All calls observed so far, by physical name of the function.
    #[must_use]
    pub fn all(&self) -> BTreeMap<String, BTreeSet<ObservedCall>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(super) fn note(&self, function: &str, need: &Need, allowed: bool) {
        let call = ObservedCall { action: need.action.clone(), resource: need.resource.clone(), allowed };
        let mut calls = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let calls = calls.entry(function.to_owned()).or_default();
        if calls.len() < KEPT_CALLS {
            calls.insert(call);
        }
    }

    pub(super) fn to_json(&self) -> Value {
        json!(self.all())
    }
}

#[cfg(test)]
mod tests {
    use super::{KEPT_CALLS, Need, ObservedCalls};

    #[test]
    fn the_distinct_calls_of_a_function_are_limited() {
        let observed = ObservedCalls::default();
        for number in 0..KEPT_CALLS + 100 {
            let need = Need::new("dynamodb", "GetItem", format!("table/{number}"));
            observed.note("curious", &need, false);
            observed.note("usual", &Need::new("dynamodb", "GetItem", "table/orders".to_owned()), true);
        }
        let all = observed.all();
        assert_eq!((all["curious"].len(), all["usual"].len()), (KEPT_CALLS, 1));
    }
}
