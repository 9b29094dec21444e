//! Which views keep a checkpoint of a stream.

use es_core::StreamId;
use view_store::ItemKey;

use crate::{DynamoAnalytics, DynamoHistories, DynamoOrderViews, DynamoProductViews};

/// A kind of view that keeps a checkpoint. The search index has none: its postings never change.
#[derive(Debug, Clone, Copy)]
pub struct TrackedView {
    /// The projection that writes the view.
    pub projection: &'static str,
    /// Where the checkpoint of a stream is.
    pub checkpoint: fn(&StreamId) -> ItemKey,
}

impl TrackedView {
    /// The views that a stream of the category named `category` has; none for an unknown category.
    #[must_use]
    pub const fn of_category(category: &str) -> &'static [Self] {
        match category.as_bytes() {
            b"order" => &[
                Self { projection: "order-projection", checkpoint: DynamoOrderViews::checkpoint },
                Self { projection: "history-projection", checkpoint: DynamoHistories::checkpoint },
                Self { projection: "analytics-projection", checkpoint: DynamoAnalytics::checkpoint },
            ],
            b"product" => {
                &[Self { projection: "product-projection", checkpoint: DynamoProductViews::checkpoint }]
            }
            _ => &[],
        }
    }
}
