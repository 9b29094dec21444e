//! Both tables, as redriving works on them.

use aws_sdk_dynamodb::Client;
use es_core::EventReader;
use rebuild::Projections;
use view_store::DynamoCheckpoints;

/// The event table, and every generation of the query table that is fed.
#[derive(Debug, Clone)]
pub struct Views<R> {
    /// The event table.
    pub(crate) events: R,
    /// The projections between them.
    pub(crate) projections: Projections<R>,
    /// The checkpoints of each generation.
    pub(crate) checkpoints: Vec<DynamoCheckpoints>,
}

impl<R: EventReader + Clone> Views<R> {
    /// The views of the streams of `events` in each of `tables`, reached through `client`.
    #[must_use]
    pub fn new(events: R, client: &Client, tables: &[String]) -> Self {
        let checkpoints = tables.iter().map(|table| DynamoCheckpoints::new(client.clone(), table));
        let checkpoints = checkpoints.collect();
        Self { projections: Projections::new(&events, client, tables), events, checkpoints }
    }
}
