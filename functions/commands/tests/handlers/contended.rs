//! Tests a command whose every attempt meets another writer, at slow requests: it is refused as contended before Lambda
//! ends the function. The time is simulated, so the result is exact.

use std::num::NonZeroU16;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use commands::register_product::handle;
use es_core::{
    AppendError, Appended, Clock, Commit, EventAppender, EventReader, Load, MAX_ATTEMPTS, StoreError,
    StreamId, StreamVersion,
};
use http_api::GatewayEvent;
use serde_json::json;
use testing::gateway::{Answered, sample};
use testing::{InMemoryEventStore, forward_reads};
use tokio::time::{Instant, sleep};

use crate::batch_time::SimulatedClock;
use crate::request;

/// A change of the price of the sample's product, without an idempotency key.
fn priced(cents: u32) -> GatewayEvent {
    let mut event = sample("register-product", "pour-over-kettle");
    event.payload.headers.remove("idempotency-key");
    let body = json!({"name": "Pour-over kettle", "unit_price_cents": cents, "currency": "EUR"});
    event.payload.body = Some(body.to_string());
    event
}

/// A store in which another writer changes the price before each append. Each request takes some time, and each pause
/// is the longest one.
struct BusyStore {
    inner: InMemoryEventStore,
    latency: Duration,
    rivals: AtomicU32,
}

impl EventAppender for BusyStore {
    async fn append(&self, commit: &Commit) -> Result<Appended, AppendError> {
        sleep(self.latency).await;
        let cents = 1_000 + self.rivals.fetch_add(1, Ordering::SeqCst);
        let rival = Answered::from(handle(&self.inner, &request(priced(cents))).await);
        assert!([200, 201].contains(&rival.status), "{}", rival.body);
        self.inner.append(commit).await
    }

    async fn pause(&self, longest: Duration) {
        sleep(longest).await;
    }
}

impl EventReader for BusyStore {
    async fn load(&self, load: Load<'_>) -> Result<Vec<Commit>, StoreError> {
        sleep(self.latency).await;
        self.inner.load(load).await
    }

    async fn commits_after(
        &self,
        stream: &StreamId,
        after: StreamVersion,
        limit: NonZeroU16,
    ) -> Result<Vec<Commit>, StoreError> {
        sleep(self.latency).await;
        self.inner.commits_after(stream, after, limit).await
    }

    forward_reads!(inner: load_all);
}

/// The answer to a command of a function with the timeout `timeout`, how long it took, and the number of attempts.
async fn contended(latency: Duration, timeout: Duration) -> (Answered, Duration, u32) {
    let store = BusyStore { inner: InMemoryEventStore::default(), latency, rivals: AtomicU32::new(0) };
    let (started, mut event) = (Instant::now(), priced(999));
    let clock = SimulatedClock(started);
    event.context.deadline =
        clock.now().micros().unsigned_abs() / 1_000 + u64::try_from(timeout.as_millis()).unwrap();
    let answered = Answered::from(handle(&store, &commands::api(Arc::new(clock)).request(event)).await);
    (answered, started.elapsed(), store.rivals.into_inner())
}

#[tokio::test(start_paused = true)]
async fn a_contended_command_is_answered_before_its_timeout_at_any_latency() {
    // The least `CommandTimeout` of the template, the default and the greatest. At the greatest latency, the command
    // needs two thirds of its time to load the stream and to append once.
    for (seconds, slowest) in [(3, 1_000), (10, 3_333), (25, 8_333)] {
        let timeout = Duration::from_secs(seconds);
        for latency in (1..=slowest).step_by(37).map(Duration::from_millis) {
            let (answered, time, attempts) = contended(latency, timeout).await;
            let case = format!("{seconds} s at {latency:?}: {attempts} attempts in {time:?}");
            assert_eq!((answered.status, answered.header("retry-after")), (409, "1"), "{case}");
            assert!(answered.body["type"].as_str().unwrap().ends_with(":contended"), "{case}");
            assert!(time < timeout, "{case}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_command_makes_all_attempts_at_the_usual_latency_of_the_store() {
    for (seconds, latency, expected) in [(3, 5, MAX_ATTEMPTS), (3, 100, 8), (10, 100, MAX_ATTEMPTS)] {
        let (_, time, attempts) =
            contended(Duration::from_millis(latency), Duration::from_secs(seconds)).await;
        assert_eq!(attempts, expected, "{seconds} s at {latency} ms: {time:?}");
    }
}
