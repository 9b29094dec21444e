//! The scenarios of the write side. Each one fills a table of the page.

pub(crate) mod contention;
pub(crate) mod costs;
pub(crate) mod histories;
pub(crate) mod repeats;
pub(crate) mod speed;
