//! Every projection function: what events change in each view, and one binary each.
//!
//! What is done with a batch, whatever it projects, is in the crate [`projection`].

mod analytics;
mod history;
mod orders;
mod products;
pub mod registry;
mod search;

pub use analytics::AnalyticsProjection;
pub use history::{HistoryProjection, KeptEvent};
pub use orders::OrderProjection;
pub use products::ProductProjection;
pub use search::{SearchChange, SearchIndex, SearchProjection};
