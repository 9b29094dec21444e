//! Tests the metrics of a run. The test has its own process, because a global subscriber can be set only once and a
//! temporary one may miss lines while other tests run.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use aws_sdk_dynamodb::types::AttributeValue;
use event_store::DynamoEventStore;
use operators::reconcile::Reconcile;
use projections::registry;
use shop_testing as shop;
use telemetry::Telemetry;
use testing::StoppedClock;
use testing::dynamodb::LocalDynamoDb;
use view_store::{DynamoGenerations, GenerationNames, KnownGenerations, QueryTables};

#[tokio::test]
async fn a_run_logs_its_metrics_in_one_line() {
    let lines: Arc<Mutex<Vec<serde_json::Value>>> = Arc::default();
    let kept = Arc::clone(&lines);
    let keep = move |line: &[u8]| kept.lock().unwrap().push(serde_json::from_slice(line).unwrap());
    let (_telemetry, dispatch) = Telemetry::assemble("example", |_| None, keep);
    tracing::dispatcher::set_global_default(dispatch).unwrap();
    let db = LocalDynamoDb::start().await;
    let event_table = db.event_table().await;
    let events = DynamoEventStore::new(db.client(), &event_table);
    let switch = DynamoGenerations::new(db.client(), db.operations_table().await);
    let known = KnownGenerations::new(switch, Duration::from_mins(10), StoppedClock::shared());
    let tables = QueryTables {
        names: GenerationNames { blue: db.query_table().await, green: "not live".to_owned() },
        known,
    };
    // No stream has a view.
    shop::append_all(&events, &shop::commits()).await;
    // So many items that at least one of the five random positions has one.
    for number in 100..130 {
        let key = (&*shop::order(number).to_string(), AttributeValue::N("1".to_owned()));
        db.set(&event_table, key, "note", AttributeValue::S("by hand".to_owned())).await;
    }
    let (client, clock) = (db.client(), StoppedClock::shared());
    let reconcile =
        Reconcile { events, client, tables, projections: registry::all(), followers: Vec::new(), clock };
    let report = reconcile.run().await.unwrap();
    let lines = lines.lock().unwrap();
    let metric_lines: Vec<_> = lines.iter().filter(|line| line["ReconcileSampled"].is_number()).collect();
    let [line] = metric_lines.as_slice() else {
        unreachable!("{} lines have the metrics", metric_lines.len())
    };
    assert!(report.mismatched > 0, "{report:?}");
    assert_eq!(line["ReconcileSampled"], report.sampled);
    assert!(report.unreadable > 0, "{report:?}");
    assert_eq!(line["ReconcileMismatches"], report.mismatched + report.unreadable);
    let named = lines.iter().filter(|line| line["message"] == "an item of the event table is not a commit");
    assert_eq!(named.count() as u64, report.unreadable);
    assert_eq!(line["operation"], "reconcile");
    assert!(line["_aws"]["CloudWatchMetrics"].is_array(), "{line}");
}
