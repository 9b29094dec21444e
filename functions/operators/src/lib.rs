//! The operators' functions: rebuild, redrive, reconcile.

pub mod rebuild;
pub mod reconcile;
pub mod redrive;
