//! Tests how long a batch takes if every request to the event table takes a given time. The time is simulated, so the
//! result is exact.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use commands::create_order::PriceSource;
use commands::submit_batch::{CONCURRENCY, MAX_COMMANDS, handle};
use es_core::{
    AppendError, Appended, Clock, Commit, EventAppender, EventReader, Load, StoreError, TimeAndKeys,
    Timestamp,
};
use serde_json::json;
use testing::gateway::{Answered, sample, samples};
use testing::{InMemoryEventStore, forward_reads};
use tokio::time::{Instant, sleep};
use uuid::Uuid;

/// The default timeout of a command function.
const TIMEOUT: Duration = Duration::from_secs(10);
/// The resolution of the timer.
const TICK: Duration = Duration::from_millis(1);

/// The simulated time, as microseconds since the Unix epoch.
pub(crate) struct SimulatedClock(pub(crate) Instant);

impl Clock for SimulatedClock {
    fn now(&self) -> Timestamp {
        let elapsed = i64::try_from(self.0.elapsed().as_micros()).unwrap();
        Timestamp::from_micros(1_798_761_600_000_000 + elapsed).unwrap()
    }
}

impl TimeAndKeys for SimulatedClock {
    fn key(&self) -> Uuid {
        Uuid::new_v4()
    }
}

/// A store that takes some time for each load and each append.
struct DistantStore {
    inner: InMemoryEventStore,
    latency: Duration,
}

impl EventAppender for DistantStore {
    async fn append(&self, commit: &Commit) -> Result<Appended, AppendError> {
        sleep(self.latency).await;
        self.inner.append(commit).await
    }

    async fn pause(&self, longest: Duration) {
        self.inner.pause(longest).await;
    }
}

impl EventReader for DistantStore {
    async fn load(&self, load: Load<'_>) -> Result<Vec<Commit>, StoreError> {
        sleep(self.latency).await;
        self.inner.load(load).await
    }

    forward_reads!(inner: commits_after, load_all);
}

/// The statuses of the results of a batch of [`MAX_COMMANDS`] new orders, and how long the batch took.
async fn batch_at(latency: Duration) -> (BTreeMap<i64, usize>, Duration) {
    let inner = InMemoryEventStore::default();
    for (_, product) in samples("register-product") {
        commands::register_product::handle(&inner, &crate::request(product)).await;
    }
    let create = json!({"operation": "create", "user_id": "user-1", "items": [{"product_id": "pour-over-kettle", "quantity": 1}]});
    let mut event = sample("submit-batch", "mixed");
    event.payload.body = Some(json!({ "commands": vec![create; MAX_COMMANDS] }).to_string());
    let started = Instant::now();
    let clock = SimulatedClock(started);
    let timeout = u64::try_from(TIMEOUT.as_millis()).unwrap();
    event.context.deadline = clock.now().micros().unsigned_abs() / 1_000 + timeout;
    let request = commands::api(Arc::new(clock)).request(event);
    let store = DistantStore { inner, latency };
    let prices = PriceSource::new("catalog", Duration::ZERO).unwrap();
    let answered = Answered::from(handle(&store, &prices, &request).await);
    assert_eq!(answered.status, 200, "{}", answered.body);
    let mut statuses = BTreeMap::new();
    for result in answered.body["results"].as_array().unwrap() {
        *statuses.entry(result["status"].as_i64().unwrap()).or_default() += 1;
    }
    (statuses, started.elapsed())
}

#[tokio::test(start_paused = true)]
async fn a_full_batch_fits_into_the_default_timeout_up_to_a_latency_of_a_third_of_a_second() {
    // No product is remembered, so each command reads one and writes its order. Ten commands run at a time.
    let requests = u32::try_from(2 * MAX_COMMANDS / CONCURRENCY).unwrap();
    for millis in [5, 20, 100, 350] {
        let latency = Duration::from_millis(millis);
        let (statuses, time) = batch_at(latency).await;
        assert_eq!(statuses, BTreeMap::from([(201, MAX_COMMANDS)]), "{millis} ms");
        // The timer has a resolution of one millisecond.
        assert!(time >= latency * requests && time <= (latency + TICK) * requests, "{millis} ms: {time:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_batch_answers_before_its_timeout_at_any_latency() {
    // For each latency: the commands that are executed, cut off, and not attempted.
    let cases =
        [(400, 90, 0, 10), (750, 50, 0, 50), (1_000, 40, 0, 60), (3_000, 10, 10, 80), (9_999, 0, 10, 90)];
    for (millis, executed, cut_off, not_attempted) in cases {
        let (statuses, time) = batch_at(Duration::from_millis(millis)).await;
        assert!(time < TIMEOUT, "{millis} ms: {time:?}");
        let expected = [(201, executed), (500, cut_off), (503, not_attempted)];
        let expected: BTreeMap<_, _> = expected.into_iter().filter(|(_, number)| *number > 0).collect();
        assert_eq!(statuses, expected, "{millis} ms");
    }
}
