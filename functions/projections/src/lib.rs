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
use projection::ViewProjection;

pub use search::{SearchChange, SearchIndex, SearchProjection};

/// Runs the function of the projection `P` until Lambda ends its sandbox; see [`projection::run`]. `binary` is the name of
/// the binary that calls it.
///
/// # Errors
/// Those of [`projection::run`].
pub fn run<P: ViewProjection>(binary: &'static str) -> Result<(), lambda::Error> {
    projection::run::<P>(shop_contract::NAMESPACE, binary)
}
