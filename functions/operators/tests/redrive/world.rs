//! The test world: the event table, two generations of the query table, both queues, the stream, and the redrive
//! function.

use std::time::Duration;

use aws_sdk_dynamodb::types::AttributeValue;
use es_core::{Commit, StreamId, StreamVersion};
use event_store::DynamoEventStore;
use event_stream::{Batch, DeadLetter};
use operators::redrive::{
    QueueError, Redrive, RedriveOutcome, RedriveReport, RedriveRequest, Replayer, WorkResult,
};
use projection::WritableTables;
use serde_json::{Value, json};
use shop_testing as shop;
use testing::dynamodb::LocalDynamoDb;
use testing::{StoppedClock, kinesis};
use tokio::time::Instant;
use view_store::{
    CheckpointItem, DynamoCheckpoints, DynamoGenerations, Generation, GenerationNames, Generations,
    KnownGenerations, QueryTables, SecondGeneration, Stage, StoredChange, view_key,
};
use views::{DynamoAnalytics, HistoryChange, OrderView};

use crate::doubles::{InMemoryQueue, InMemoryRecords};

pub(crate) type TestRedrive = Redrive<DynamoEventStore, InMemoryQueue, InMemoryRecords>;

/// The ARN of the order projection's function.
pub(crate) const ORDERS: &str = "arn:aws:lambda:eu-central-1:123456789012:function:stack-Orders-1ABC";

pub(crate) struct World {
    pub(crate) db: LocalDynamoDb,
    pub(crate) redrive: TestRedrive,
    pub(crate) event_table: String,
    tables: [String; 2],
}

impl World {
    /// A world whose event table contains `commits` and whose views are empty.
    pub(crate) async fn with(commits: &[Commit]) -> Self {
        let db = LocalDynamoDb::start().await;
        let event_table = db.event_table().await;
        let tables = [db.query_table().await, db.query_table().await];
        let events = DynamoEventStore::new(db.client(), &event_table);
        shop::append_all(&events, commits).await;
        let replayer = Replayer {
            events,
            tables: WritableTables::new(
                db.client(),
                generations(&db, &tables).await,
                kinesis::EVENT_TABLE.to_owned(),
            ),
            clock: StoppedClock::shared(),
            projection_timeout: Duration::from_mins(1),
            followers: Vec::new(),
        };
        let redrive = Redrive {
            views: replayer,
            stream_failures: InMemoryQueue::default(),
            dead_letters: InMemoryQueue::default(),
            records: InMemoryRecords::default(),
            functions: format!("order-projection={ORDERS}").parse().unwrap(),
            clock: StoppedClock::shared(),
        };
        Self { db, redrive, event_table, tables }
    }

    pub(crate) async fn ask(&self, request: Value) -> RedriveReport {
        self.try_ask(request).await.unwrap()
    }

    pub(crate) async fn try_ask(&self, request: Value) -> Result<RedriveReport, QueueError> {
        let request: RedriveRequest = serde_json::from_value(request).unwrap();
        self.redrive.answer(request, Instant::now() + Duration::from_mins(1)).await
    }

    /// Overwrites the events of `commit` in the event table.
    pub(crate) async fn overwrite(&self, commit: &Commit, events: &str) {
        let key = (&*commit.stream.to_string(), AttributeValue::N(commit.first.to_string()));
        self.db.set(&self.event_table, key, "events", AttributeValue::S(events.to_owned())).await;
    }

    /// Puts an item that is not a commit into the event table.
    pub(crate) async fn put_other_item(&self, partition_key: &str, sort_key: &str) {
        let key = (partition_key, AttributeValue::N(sort_key.to_owned()));
        self.db.set(&self.event_table, key, "note", AttributeValue::S("written by hand".to_owned())).await;
    }

    /// Removes the order's view from a generation of the query table.
    pub(crate) async fn remove_view(&self, generation: usize, order: &StreamId) {
        let pk = format!("order#{}", order.uuid());
        self.db.remove(&self.tables[generation], (&pk, "view")).await;
    }

    /// Makes the order's view in a generation a view of another event table.
    pub(crate) async fn use_another_event_table(&self, generation: usize, order: &StreamId) {
        let pk = format!("order#{}", order.uuid());
        let key = (&*pk, AttributeValue::S("view".to_owned()));
        let other = AttributeValue::S("the table before a restore".to_owned());
        self.db.set(&self.tables[generation], key, "timeline", other).await;
    }

    /// Brings every view of `streams` up to date.
    pub(crate) async fn catch_up(&self, streams: &[StreamId]) -> Vec<WorkResult> {
        match self.ask(json!({"task": "catch-up", "streams": streams})).await {
            RedriveReport::Work { worked, .. } => worked,
            report => panic!("{report:?}"),
        }
    }

    /// Redrives `queue` and returns the outcome of each message.
    pub(crate) async fn redrive(&self, queue: &str) -> Vec<RedriveOutcome> {
        let RedriveReport::Work { worked, .. } = self.ask(json!({"task": "redrive", "queue": queue})).await
        else {
            panic!("no work")
        };
        worked.into_iter().map(|worked| worked.outcome).collect()
    }

    /// The versions of the order's view, history and analytics, in both generations.
    pub(crate) async fn versions(&self, order: &StreamId) -> [[u64; 3]; 2] {
        let views: [CheckpointItem; 3] = [
            view_key::<OrderView>(order).into(),
            HistoryChange::checkpoint(order),
            DynamoAnalytics::checkpoint(order).into(),
        ];
        let mut found = [[0; 3]; 2];
        for (table, found) in self.tables.iter().zip(&mut found) {
            let checkpoints = DynamoCheckpoints::new(self.db.client(), table);
            let versions = checkpoints.versions(&views).await.unwrap();
            *found = <[StreamVersion; 3]>::try_from(versions).unwrap().map(StreamVersion::get);
        }
        found
    }
}

/// The two generations `tables`, which are both written. The function knows that already.
async fn generations(db: &LocalDynamoDb, tables: &[String; 2]) -> QueryTables {
    let switch = DynamoGenerations::new(db.client(), db.operations_table().await);
    let (begun, stage) = (Generation::Green, Stage::Complete);
    let second = SecondGeneration { begun, stage, is_emptied: false, comparison: None };
    let first = Generations::default();
    let both = Generations { second: Some(second), since: 1, ..first };
    assert!(switch.change(&first, &both).await.unwrap());
    let known = KnownGenerations::new(switch, Duration::from_hours(1), StoppedClock::shared());
    known.refresh().await.unwrap();
    let [blue, green] = tables.clone();
    QueryTables { names: GenerationNames { blue, green }, known }
}

/// The message that Lambda sends when the function `arn` fails on the records `first` to `last`. The records arrived in
/// the stream half a second after the given second of 1970.
pub(crate) fn failure(arn: &str, first: usize, last: usize, second: u32) -> Value {
    let arrival = format!("1970-01-01T00:00:{second:02}.500Z");
    json!({
        "requestContext": {
            "requestId": "c9b8fa9f", "functionArn": format!("{arn}:$LATEST"),
            "condition": "RetryAttemptsExhausted", "approximateInvokeCount": 101,
        },
        "version": "1.0",
        "timestamp": "1970-01-02T00:00:00.000Z",
        "KinesisBatchInfo": {
            "shardId": "shardId-000000000002",
            "startSequenceNumber": kinesis::sequence(first),
            "endSequenceNumber": kinesis::sequence(last),
            "approximateArrivalOfFirstRecord": arrival,
            "approximateArrivalOfLastRecord": arrival,
            "batchSize": last - first + 1,
            "streamArn": "arn:aws:kinesis:eu-central-1:123456789012:stream/events",
        },
    })
}

/// The dead letter that the order projection writes for the record of `batch` at `index`.
pub(crate) fn letter(batch: &Batch, index: usize) -> Value {
    let (record, error) = (&batch.records[index], "it could not be read then");
    serde_json::to_value(DeadLetter::from_record("order-projection", record, error, None)).unwrap()
}

pub(crate) fn done(applied: u64, duplicates: u64, set_aside: u64) -> RedriveOutcome {
    RedriveOutcome::Done { applied, duplicates, set_aside, unreadable: 0 }
}

pub(crate) fn reason(outcome: &RedriveOutcome) -> &str {
    match outcome {
        RedriveOutcome::Left { reason } => reason,
        RedriveOutcome::Done { .. } => panic!("the work succeeded"),
    }
}
