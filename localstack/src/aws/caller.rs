//! Who calls: the function whose access key signed the request, or a developer; and what each function was seen to call, so
//! that a policy can be compared with its use.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

use axum::http::{HeaderMap, header};
use serde::Serialize;
use serde_json::{Value, json};
use stack_lambda::access_key;
use stack_template::{Function, Statement};

use super::needs::Need;

/// A function as a caller.
#[derive(Debug, Clone)]
pub(crate) struct Caller {
    /// Physical name of the function.
    pub(super) function: String,
    /// Name of its role.
    pub(super) role: String,
    /// What the role may do.
    pub(super) statements: Vec<Statement>,
}

/// Functions by access key.
#[derive(Debug, Clone, Default)]
pub(crate) struct Callers(BTreeMap<String, Caller>);

impl Callers {
    /// The template's functions, each with the access key its instances get.
    pub(crate) fn new(functions: &[Function]) -> Self {
        let caller = |function: &Function| {
            let Function { name, role, statements, .. } = function;
            let caller =
                Caller { function: name.clone(), role: role.clone(), statements: statements.clone() };
            (access_key(name), caller)
        };
        Self(functions.iter().map(caller).collect())
    }

    /// The function that signed a request; `None` for any other caller.
    pub(super) fn find(&self, headers: &HeaderMap) -> Option<&Caller> {
        let authorization = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
        let (_, credential) = authorization.split_once("Credential=")?;
        self.0.get(credential.split('/').next()?)
    }
}

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
