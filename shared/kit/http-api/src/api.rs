//! One HTTP API: its names, the source of the time and of generated keys, and the limit of waits.

use std::fmt;
use std::sync::Arc;

use es_core::TimeAndKeys;

use crate::Waits;

/// One HTTP API. All its requests share its names and its source of time and keys.
#[derive(Clone)]
pub struct Api {
    /// The scope of admins, who may read and change the data of every owner: `things:admin`.
    pub admin_scope: &'static str,
    /// The scopes of callers who may read the data of every owner: `things:audit`. They give no right to change data.
    pub reader_scopes: &'static [&'static str],
    /// The prefix of every problem's `type`. The problem's code follows the prefix: `urn:things:problem:`.
    pub problem_types: &'static str,
    /// The source of the current time, and of an idempotency key if the caller sends none.
    pub source: Arc<dyn TimeAndKeys>,
    /// How long requests may wait for a version of a view.
    pub waits: Waits,
}

impl fmt::Debug for Api {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { admin_scope, reader_scopes, problem_types, source: _, waits } = self;
        f.debug_struct("Api")
            .field("admin_scope", admin_scope)
            .field("reader_scopes", reader_scopes)
            .field("problem_types", problem_types)
            .field("waits", waits)
            .finish()
    }
}
