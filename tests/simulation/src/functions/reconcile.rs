//! The reconcile function, which compares sampled views with their streams.

use std::sync::Arc;

use es_core::StoreError;
use event_store::DynamoEventStore;
use operators::reconcile::{Reconcile, ReconcileError, ReconcileReport};
use projections::registry;

use super::query_tables;
use crate::aws::client;
use crate::mutation::ports::MutatedStore;
use crate::world::World;

/// The name of the function.
const RECONCILE: &str = "reconcile";

/// Invokes the function for the live generation. `None` if a table cannot be read. A damaged item must not fail the
/// function, and no view may be ahead of its stream.
pub(crate) async fn reconcile(world: &Arc<World>) -> Option<ReconcileReport> {
    let client = client(world, RECONCILE);
    let function = Reconcile {
        events: MutatedStore::new(
            world,
            DynamoEventStore::new(client.clone(), world.deployment.event_table()),
        ),
        tables: query_tables(world, &client),
        client,
        projections: registry::all(),
        followers: Vec::new(),
        clock: Arc::clone(world) as _,
    };
    let reconciled = function.run().await;
    world.trace.note(format!("{} {RECONCILE} {reconciled:?}", world.clock.millis()));
    match &reconciled {
        Ok(report) => {
            let ahead = report.mismatches.iter().find(|mismatch| mismatch.view > mismatch.expected);
            if let Some(ahead) = ahead {
                world.record_violation(format!("reconcile finds a view ahead of its stream: {ahead:?}"));
            }
        }
        Err(ReconcileError::Events(StoreError::Corrupt { reason, .. })) => {
            world.record_violation(format!("a damaged item fails reconcile: {reason}"));
        }
        Err(_) => {}
    }
    reconciled.ok()
}
