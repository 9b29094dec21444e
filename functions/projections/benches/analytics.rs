//! Measures how many commits per second the analytics projection counts, with the orders of a batch written together and
//! one by one. Both ways run in turns on the same tables, so their ratio says more than their numbers.
//!
//! `cargo bench --package projections --bench analytics` measures on an embedded DynamoDB, and with
//! `DYNAMODB_ENDPOINT=http://localhost:8000` on the DynamoDB that listens there (`localstack/dynamodb-local 8000`).
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::cast_precision_loss,
    reason = "a benchmark fails where its setup fails, and prints its result"
)]

use std::time::{Duration, Instant};

use es_core::{Applied, Commit, StreamId, StreamVersion, ViewWriter, WriteError};
use event_store::DynamoEventStore;
use event_stream::BatchResponse;
use projection::Projector;
use projections::AnalyticsProjection;
use shop_testing as shop;
use testing::dynamodb::LocalDynamoDb;
use testing::{InMemoryDeadLetters, StoppedClock, kinesis};
use view_store::{QueryTable, StoredChange};
use views::{AnalyticsChange, DynamoAnalytics};

/// Batches of each size and way.
const ROUNDS: u128 = 5;

/// A writer that writes each order by itself.
struct OneByOne(DynamoAnalytics);

impl ViewWriter<AnalyticsChange> for OneByOne {
    async fn apply(
        &self,
        stream: &StreamId,
        change: &AnalyticsChange,
        after: StreamVersion,
        to: StreamVersion,
    ) -> Result<Applied, WriteError> {
        self.0.apply(stream, change, after, to).await
    }
}

/// What a way took in all rounds.
#[derive(Default)]
struct Taken {
    time: Duration,
    commits: usize,
    requests: usize,
    write_units: f64,
}

impl Taken {
    fn per_second(&self) -> f64 {
        self.commits as f64 / self.time.as_secs_f64()
    }

    fn print(&self, way: &str) {
        let batches = ROUNDS as f64;
        println!(
            "  {way}: {:.0} commits/s, {:.0} requests and {:.0} write units for a batch",
            self.per_second(),
            self.requests as f64 / batches,
            self.write_units / batches
        );
    }
}

fn main() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        for streams in [1, 10, 100] {
            measure(streams).await;
        }
    });
}

/// Confirms `streams` orders in a batch, [`ROUNDS`] times in each way.
async fn measure(streams: u128) {
    let db = LocalDynamoDb::start().await;
    let events = DynamoEventStore::new(db.client(), db.event_table().await);
    let timeline = kinesis::EVENT_TABLE.to_owned();
    let table = QueryTable { client: db.client(), name: db.query_table().await, timeline: timeline.clone() };
    let views = || AnalyticsChange::writer(table.clone());
    let together: Projector<AnalyticsProjection, _, _> =
        Projector::new(timeline.clone(), events.clone(), views(), StoppedClock::shared());
    let alone: Projector<AnalyticsProjection, _, _> =
        Projector::new(timeline, events, OneByOne(views()), StoppedClock::shared());
    let (mut of_together, mut of_alone) = (Taken::default(), Taken::default());
    for round in 0..2 * ROUNDS {
        let orders = (1..=streams).map(|order| shop::order(round * streams + order));
        let lives: Vec<_> = orders
            .map(|order| shop::single_event_commits(&order, &[shop::created(), shop::confirmed()]))
            .collect();
        let step = |step: usize| lives.iter().map(|life| life[step].clone()).collect::<Vec<_>>();
        project(&together, &step(0)).await;
        db.recorder().clear();
        let start = Instant::now();
        let taken = if round % 2 == 0 {
            project(&together, &step(1)).await;
            &mut of_together
        } else {
            project(&alone, &step(1)).await;
            &mut of_alone
        };
        taken.time += start.elapsed();
        taken.commits += lives.len();
        taken.requests += db.recorder().requests().len();
        taken.write_units += db.recorder().write_units();
    }
    println!("{streams} orders in a batch:");
    of_together.print("together");
    of_alone.print("one by one");
    println!("  {:.1} times as fast together", of_together.per_second() / of_alone.per_second());
}

async fn project<W: ViewWriter<AnalyticsChange>>(
    projector: &Projector<AnalyticsProjection, DynamoEventStore, W>,
    commits: &[Commit],
) {
    let deadline = tokio::time::Instant::now() + Duration::from_mins(1);
    let letters = InMemoryDeadLetters::default();
    let (response, _) = projector.project(&kinesis::commits(commits), &letters, deadline).await;
    assert_eq!(response, BatchResponse::default());
}
