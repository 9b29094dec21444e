//! Pages of a list.

use std::fmt::Display;

use serde::Serialize;

use crate::{Answer, Failure};

/// One page, as the caller gets it.
#[derive(Serialize)]
struct Page<T> {
    items: Vec<T>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_cursor: Option<String>,
}

impl Answer {
    /// 200 with a page of `items`, and the cursor behind which the `next` one is, if there is one.
    ///
    /// # Errors
    /// [`Problem::Internal`](crate::Problem::Internal) where an item is no JSON.
    pub fn page<T: Serialize>(items: Vec<T>, next: Option<impl Display>) -> Result<Self, Failure> {
        Self::ok(&Page { items, next_cursor: next.map(|cursor| cursor.to_string()) })
    }
}
