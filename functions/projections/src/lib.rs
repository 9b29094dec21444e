//! The projection functions: how events change each view, with one binary per projection.
//!
//! The crate [`projection`] processes a batch: it finds gaps, duplicates and unreadable records.

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

pub use search::SearchProjection;

/// Runs the function of the projection `P` until Lambda stops its sandbox; see [`projection::run`]. `binary` is the
/// name of the calling binary.
///
/// # Errors
/// Those of [`projection::run`].
pub fn run<P: ViewProjection>(binary: &'static str) -> Result<(), lambda::Error> {
    projection::run::<P>(shop_contract::NAMESPACE, binary)
}
