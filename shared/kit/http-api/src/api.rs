//! One HTTP API: its names, the source of the time and of generated keys, and the limit of waits.

use std::fmt;
use std::sync::Arc;

use es_core::TimeAndKeys;
use lambda::Error;

/// The names of scopes in the tokens of an issuer. Handlers use the names of the contract, but an issuer may have others:
/// Cognito puts the identifier of a resource server before each.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ScopeNames(Arc<[(&'static str, String)]>);

impl ScopeNames {
    /// The names in `names`: pairs of the name in the contract and the name in tokens. A scope without a pair has the same
    /// name in both.
    pub fn new(names: impl IntoIterator<Item = (&'static str, String)>) -> Self {
        Self(names.into_iter().collect())
    }

    /// The names in environment variables. `variables` has the name of the variable of each scope.
    ///
    /// # Errors
    /// [`Error`] if a variable is missing.
    pub fn from_variables(
        variables: impl IntoIterator<Item = (&'static str, &'static str)>,
    ) -> Result<Self, Error> {
        let name = |(variable, scope)| Ok((scope, lambda::variable(variable)?));
        variables.into_iter().map(name).collect::<Result<Vec<_>, Error>>().map(Self::new)
    }

    /// The name in tokens of the contract's `scope`.
    #[must_use]
    pub fn in_tokens<'n>(&'n self, scope: &'n str) -> &'n str {
        self.0.iter().find(|(known, _)| *known == scope).map_or(scope, |(_, name)| name)
    }
}

use crate::Waits;

/// One HTTP API. All its requests share its names and its source of time and keys.
#[derive(Clone)]
pub struct Api {
    /// The scope of admins, who may read and change the data of every owner: `things:admin`.
    pub admin_scope: &'static str,
    /// The scopes of callers who may read the data of every owner: `things:audit`. They give no right to change data.
    pub reader_scopes: &'static [&'static str],
    /// The names of the scopes in tokens.
    pub scope_names: ScopeNames,
    /// The prefix of every problem's `type`. The problem's code follows the prefix: `urn:things:problem:`.
    pub problem_types: &'static str,
    /// The source of the current time, and of an idempotency key if the caller sends none.
    pub source: Arc<dyn TimeAndKeys>,
    /// How long requests may wait for a version of a view.
    pub waits: Waits,
}

impl fmt::Debug for Api {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { admin_scope, reader_scopes, scope_names, problem_types, source: _, waits } = self;
        f.debug_struct("Api")
            .field("admin_scope", admin_scope)
            .field("reader_scopes", reader_scopes)
            .field("scope_names", scope_names)
            .field("problem_types", problem_types)
            .field("waits", waits)
            .finish()
    }
}
