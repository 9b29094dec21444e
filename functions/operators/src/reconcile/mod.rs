//! Operator function: samples some streams now and then, and reports views that are not where they should be.
//!
//! It repairs nothing. A view that is behind for longer than projections take, or ahead of its stream, is a metric, an
//! alarm and a line in the log; the `redrive` function brings such a stream up to date.

mod compare;

use std::sync::Arc;

use aws_client::variable;
use event_store::DynamoEventStore;
use lambda::{Error, LambdaEvent, SystemClock};
use projections::registry;
use serde::de::IgnoredAny;
use view_store::DynamoCheckpoints;

pub use compare::{GRACE, Mismatch, Reconcile, ReconcileError, ReconcileReport};

/// Runs the function until Lambda ends its sandbox.
///
/// # Errors
/// [`aws_client::ConfigError`] naming the variable that is missing or wrong; that of the runtime if Lambda's Runtime API
/// fails.
pub fn run() -> Result<(), Error> {
    lambda::run(shop_contract::NAMESPACE, async |telemetry| {
        let client = aws_client::dynamodb(&aws_client::config()?);
        let reconcile = &Reconcile {
            events: DynamoEventStore::new(client.clone(), variable("EVENT_TABLE")?),
            checkpoints: DynamoCheckpoints::new(client, variable("QUERY_TABLE")?),
            projections: registry::all(),
            clock: Arc::new(SystemClock),
        };
        telemetry.run(async |_: LambdaEvent<IgnoredAny>| reconcile.run().await.map_err(Error::from)).await
    })
}
