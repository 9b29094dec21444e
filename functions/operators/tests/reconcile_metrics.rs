//! Tests the metrics of a run. The test has its own process, because a global subscriber can be set only once and a
//! temporary one may miss lines while other tests run.

use std::sync::{Arc, Mutex};

use event_store::DynamoEventStore;
use operators::reconcile::Reconcile;
use projections::registry;
use shop_testing as shop;
use telemetry::Telemetry;
use testing::StoppedClock;
use testing::dynamodb::LocalDynamoDb;
use view_store::DynamoCheckpoints;

#[tokio::test]
async fn a_run_logs_its_metrics_in_one_line() {
    let lines: Arc<Mutex<Vec<serde_json::Value>>> = Arc::default();
    let kept = Arc::clone(&lines);
    let keep = move |line: &[u8]| kept.lock().unwrap().push(serde_json::from_slice(line).unwrap());
    let (_telemetry, dispatch) = Telemetry::assemble("example", |_| None, keep);
    tracing::dispatcher::set_global_default(dispatch).unwrap();
    let db = LocalDynamoDb::start().await;
    let events = DynamoEventStore::new(db.client(), db.event_table().await);
    let checkpoints = DynamoCheckpoints::new(db.client(), db.query_table().await);
    // No stream has a view.
    shop::append_all(&events, &shop::commits()).await;
    let report =
        Reconcile { events, checkpoints, projections: registry::all(), clock: StoppedClock::shared() }
            .run()
            .await
            .unwrap();
    let lines = lines.lock().unwrap();
    let metric_lines: Vec<_> = lines.iter().filter(|line| line["ReconcileSampled"].is_number()).collect();
    let [line] = metric_lines.as_slice() else {
        unreachable!("{} lines have the metrics", metric_lines.len())
    };
    assert!(report.mismatched > 0, "{report:?}");
    assert_eq!(line["ReconcileSampled"], report.sampled);
    assert_eq!(line["ReconcileMismatches"], report.mismatched);
    assert_eq!(line["operation"], "reconcile");
    assert!(line["_aws"]["CloudWatchMetrics"].is_array(), "{line}");
}
