//! Which orders to list, and how many at a time.

use std::str::FromStr;

use es_core::Timestamp;

use crate::digest::{FilterDigest, digest};

/// Which orders to list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderFilter {
    /// Whose orders, or in which statuses.
    pub scope: Scope,
    /// Opened at this time or later.
    pub from: Option<Timestamp>,
    /// Opened before this time.
    pub to: Option<Timestamp>,
}

/// Whose orders, or in which statuses. It alone decides which partitions are read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scope {
    /// One user's orders.
    User {
        /// The user.
        user_id: String,
        /// Only those in this status, where there is one.
        status: Option<String>,
    },
    /// Everybody's orders in any of these statuses; with every status there is, all orders.
    Statuses(Vec<String>),
}

/// How many orders a page has at most: 1 to 100, 20 where nothing is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PageLimit(u8);

/// A number that is no page's limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a limit is a whole number from 1 to {}", PageLimit::MAX)]
pub struct InvalidLimit;

impl PageLimit {
    /// The largest limit.
    pub const MAX: u8 = 100;

    /// The limit as a number.
    #[must_use]
    pub const fn get(self) -> u8 {
        self.0
    }
}

impl Default for PageLimit {
    fn default() -> Self {
        Self(20)
    }
}

impl TryFrom<u8> for PageLimit {
    type Error = InvalidLimit;

    fn try_from(limit: u8) -> Result<Self, InvalidLimit> {
        if (1..=Self::MAX).contains(&limit) { Ok(Self(limit)) } else { Err(InvalidLimit) }
    }
}

impl FromStr for PageLimit {
    type Err = InvalidLimit;

    fn from_str(text: &str) -> Result<Self, InvalidLimit> {
        text.parse::<u8>().map_err(|_| InvalidLimit)?.try_into()
    }
}

impl OrderFilter {
    /// What tells this filter from another.
    pub(crate) fn digest(&self) -> FilterDigest {
        let times = [self.from, self.to].map(|time| time.map(|time| time.to_string()));
        let times = times.iter().map(Option::as_deref);
        match &self.scope {
            Scope::User { user_id, status } => {
                let scope = [Some("user"), Some(user_id.as_str()), status.as_deref()];
                digest(scope.into_iter().chain(times))
            }
            Scope::Statuses(statuses) => {
                let statuses = statuses.iter().map(|status| Some(status.as_str()));
                digest(std::iter::once(Some("statuses")).chain(statuses).chain(times))
            }
        }
    }
}
