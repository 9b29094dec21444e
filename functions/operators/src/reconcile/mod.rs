//! The operator function that samples streams on a schedule and reports the views that do not match their streams.
//!
//! A view that is behind for longer than projections need, or that is ahead of its stream, counts in a metric, raises
//! an alarm and writes a log line. The function repairs nothing: `redrive` brings a view that is behind up to date, and
//! a rebuild repairs a view that is ahead.

mod compare;

use std::sync::Arc;

use aws_client::variable;
use event_store::DynamoEventStore;
use lambda::{Error, LambdaEvent, SystemClock};
use projections::registry;
use reactions::registry as followers;
use serde::de::IgnoredAny;
use view_store::QueryTables;

pub use compare::{GRACE, Mismatch, Reconcile, ReconcileError, ReconcileReport};

/// Runs the function until Lambda stops its sandbox.
///
/// # Errors
/// [`aws_client::ConfigError`] that names the missing or wrong environment variable, or the error of Lambda's Runtime
/// API.
pub fn run() -> Result<(), Error> {
    lambda::run(shop_contract::NAMESPACE, async |telemetry| {
        let client = aws_client::dynamodb(&aws_client::config()?);
        let reconcile = &Reconcile {
            events: DynamoEventStore::new(client.clone(), variable("EVENT_TABLE")?).on_side("operator"),
            tables: QueryTables::from_environment(client.clone(), Arc::new(SystemClock), "operator")?,
            followers: followers::facts(&client)?,
            client,
            projections: registry::all(),
            clock: Arc::new(SystemClock),
        };
        telemetry.run(async |_: LambdaEvent<IgnoredAny>| reconcile.run().await.map_err(Error::from)).await
    })
}
