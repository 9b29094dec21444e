//! Whose call it is: the function whose access key signed it, or a developer.

use std::collections::BTreeMap;

use axum::http::{HeaderMap, header};

use stack_lambda::access_key;
use stack_template::{Function, Statement};

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
    pub(super) fn of(&self, headers: &HeaderMap) -> Option<&Caller> {
        let authorization = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
        let (_, credential) = authorization.split_once("Credential=")?;
        self.0.get(credential.split('/').next()?)
    }
}
