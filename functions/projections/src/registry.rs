//! The list of all projections. Rebuild, redrive, reconcile, the simulation and the fuzz targets use it.

use projection::RegistryEntry;

use crate::{AnalyticsProjection, HistoryProjection, OrderProjection, ProductProjection, SearchProjection};

/// All projections, one per line.
#[must_use]
pub fn all<Entry: RegistryEntry>() -> Vec<Entry> {
    vec![
        Entry::of_projection::<OrderProjection>(),
        Entry::of_projection::<ProductProjection>(),
        Entry::of_projection::<HistoryProjection>(),
        Entry::of_projection::<SearchProjection>(),
        Entry::of_projection::<AnalyticsProjection>(),
    ]
}
