//! Tests the metrics of a batch whose generations are unknown. The test has its own process, because a global subscriber can
//! be set only once and a temporary one may miss lines while other tests run.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use event_store::DynamoEventStore;
use projection::{WritableTables, project_written};
use projections::OrderProjection;
use serde_json::{Value, json};
use shop_testing as shop;
use telemetry::Telemetry;
use testing::dynamodb::{Fault, LocalDynamoDb};
use testing::kinesis::{self, restart};
use testing::{InMemoryDeadLetters, StoppedClock};
use tokio::time::Instant;
use view_store::{DynamoGenerations, GenerationNames, KnownGenerations, QueryTables};

#[tokio::test]
async fn a_batch_with_an_unreadable_switch_counts_as_redelivered() {
    let lines: Arc<Mutex<Vec<Value>>> = Arc::default();
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
    let tables = WritableTables::new(db.client(), tables, event_table.clone());
    let commits = shop::commits();
    let batch = kinesis::commits_of(&event_table, &commits);
    let (letters, deadline) = (InMemoryDeadLetters::default(), Instant::now() + Duration::from_mins(1));

    db.faults().script([Fault::Throttled]);
    for (first_failed, outcome) in [(Some(0), "redelivered"), (None, "projected")] {
        let response = project_written::<OrderProjection>(&events, &tables, &batch, &letters, deadline).await;
        assert_eq!(restart(&response), first_failed);
        let lines = std::mem::take(&mut *lines.lock().unwrap());
        let counted = lines.iter().filter(|line| line["Batches"].is_number());
        let counted = counted.map(|line| json!([line["operation"], line["outcome"], line["Batches"]]));
        assert_eq!(counted.collect::<Vec<_>>(), [json!(["order-projection", outcome, 1])]);
    }
}
