//! The view `wing-span` of a paper crane: one item of the query table, whose attributes are the fields of
//! [`WingSpanView`]. The key is `wing-span#<uuid of the stream>`, `view`.

use es_core::{StreamVersion, Timestamp};
use serde::Serialize;
use uuid::Uuid;
use view_store::{View, Views};

/// Reads and writes the views `wing-span`.
pub type DynamoWingSpanViews = Views<WingSpanView>;

/// The view `wing-span` of a paper crane. Its JSON is the response of the query.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, View)]
#[view(partition = "wing-span")]
pub struct WingSpanView {
    /// The id of the paper crane.
    #[view(id)]
    pub paper_crane_id: Uuid,
    /// The version of the last event that the view includes.
    pub version: StreamVersion,
    /// The id of the customer who owns the paper crane.
    pub owner: String,
    /// The status, which follows from the last event.
    pub status: String,
    /// When the paper crane was opened.
    #[view(opening)]
    pub created_at: Timestamp,
    /// When the paper crane changed last.
    pub updated_at: Timestamp,
}
