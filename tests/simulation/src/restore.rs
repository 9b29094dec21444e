//! A point-in-time restore of the event table, as `docs/restore.md` describes it. The clients are gone, but the operator
//! lets some commands in too early: the old views must refuse their commits.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use es_core::StreamId;
use operators::rebuild::{BuildReport, BuildState, RebuildReport};
use serde_json::json;
use testing::dynamodb::create_event_table;
use tokio::time::sleep;

use crate::aws::{client, restore_event_table};
use crate::checks::{self, Violation, refuses_commits};
use crate::functions::{Api, Functions, Rebuild, SimulatedCaller, SimulatedRequest};
use crate::recovery::Recovery;
use crate::world::{RESTORED_EVENTS, World};

/// The most orders that are cancelled before the cut-over, and again after it.
const CANCELLED: usize = 3;
/// The most invocations of the rebuild.
const BUILDS: u32 = 10;
/// The pause between two scheduled invocations.
const MINUTE: Duration = Duration::from_mins(1);

/// Restores the event table to a random moment, builds a fresh generation of the views, and checks that the views have
/// the restored commits and the new ones.
pub(crate) async fn check(
    world: &Arc<World>,
    functions: &Functions,
    recovery: &Recovery,
) -> Result<(), Violation> {
    let deployment = client(world, "deployment");
    create_event_table(&deployment, RESTORED_EVENTS).await;
    let position = world.random.index(world.commit_log.end() + 1);
    let mut changed = restore_event_table(world, position);
    world.trace.note(format!("{} the event table is restored to {position}", world.clock.millis()));
    world.deployment.use_restored_event_table();
    world.bus.restart();
    functions.deploy_again().await;
    let api = Api::deployed(world);

    let mut orders = world.ledger.orders();
    let later = orders.split_off(orders.len().min(CANCELLED));
    for order in &orders {
        if let Some(stream) = cancel(&api, &order.id, &order.owner).await {
            world.wait_for_rest().await;
            refuses_commits(world, &stream)?;
            changed.insert(stream);
        }
    }

    build(world, &changed).await?;
    recovery.empty_queues().await;
    for order in later.iter().take(CANCELLED) {
        cancel(&api, &order.id, &order.owner).await;
    }
    world.wait_for_rest().await;
    checks::after_restore(&api).await?;
    recovery.reconcile().await;
    Ok(())
}

/// Cancels an order. Returns its stream if the order exists in the restored table and can be cancelled.
async fn cancel(api: &Api, id: &str, owner: &str) -> Option<StreamId> {
    let caller = SimulatedCaller { subject: owner.to_owned(), is_admin: false };
    let request = SimulatedRequest {
        id: Some(id.to_owned()),
        body: json!({ "reason": "lost in the restore" }),
        key: Some("after-the-restore".to_owned()),
        ..SimulatedRequest::new("cancel-order", caller)
    };
    let answered = api.send(&request, &api.world.invocation()).await?;
    (answered.status == 200).then(|| format!("order-{id}").parse().unwrap())
}

/// Empties the generation that is not live, builds it and compares it with the live one. They differ only in `changed`
/// streams and in the counters. The operator accepts these differences, cuts over and ends
/// the use of the old generation, which refuses the commits of the restored table.
async fn build(world: &Arc<World>, changed: &BTreeSet<StreamId>) -> Result<(), Violation> {
    let rebuild = Rebuild::deployed(world);
    for request in [json!({ "task": "end" }), json!({ "task": "begin", "empty": true })] {
        if rebuild.invoke(&request).await.is_none() {
            return Err(format!("without faults, {request} fails"));
        }
    }
    let report = finished(&rebuild).await?;
    if report.progress.counts.held > 0 {
        return Err(format!("a fresh generation refuses commits: {report:?}"));
    }
    let Some(RebuildReport::Compare(report)) = rebuild.invoke(&json!({ "task": "compare" })).await else {
        return Err("a comparison without faults fails".to_owned());
    };
    let is_explained = |key: &str| {
        let is_of = |stream: &StreamId| {
            let id = key.split_once('#').map(|(_, id)| id).unwrap_or_default();
            stream.uuid().to_string() == id
        };
        !key.starts_with("order#") || changed.iter().any(is_of)
    };
    let unexplained = report.differences.iter().find(|difference| !is_explained(&difference.key().pk));
    if let Some(difference) = unexplained {
        return Err(format!("streams that lost no commit differ: {difference:?}"));
    }
    let cut_over = json!({ "task": "cut_over", "accept_differences": true });
    for request in [cut_over, json!({ "task": "end" })] {
        if rebuild.invoke(&request).await.is_none() {
            return Err(format!("without faults, {request} fails"));
        }
    }
    Ok(())
}

/// The report of the finished rebuild, which the schedule continues.
async fn finished(rebuild: &Rebuild) -> Result<BuildReport, Violation> {
    for _ in 0..BUILDS {
        match rebuild.invoke(&json!({ "task": "build" })).await {
            Some(RebuildReport::Build(report)) if report.state == BuildState::Done => return Ok(report),
            Some(RebuildReport::Build(_)) => sleep(MINUTE).await,
            report => return Err(format!("a rebuild without faults reports {report:?}")),
        }
    }
    Err("a rebuild without faults does not end".to_owned())
}
