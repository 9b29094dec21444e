//! One HTTP API: its names, and where its requests take time and keys from.

use std::fmt;
use std::sync::Arc;

use es_core::TimeAndKeys;

/// One HTTP API. Its requests share its names and its source of time and keys.
#[derive(Clone)]
pub struct Api {
    /// The scope whose holders act on and see everything: `things:admin`.
    pub admin_scope: &'static str,
    /// The start of every problem's `type`; the problem's code follows: `urn:things:problem:`.
    pub problem_types: &'static str,
    /// Where requests take the time of day from, and a key if their caller sends none.
    pub source: Arc<dyn TimeAndKeys>,
}

impl fmt::Debug for Api {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { admin_scope, problem_types, source: _ } = self;
        f.debug_struct("Api").field("admin_scope", admin_scope).field("problem_types", problem_types).finish()
    }
}
