//! Tests a batch that runs out of time. The deadline is part of the event, and the time comes from the API's source.

use std::future::pending;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use commands::create_order::PriceSource;
use commands::submit_batch::{CONCURRENCY, LAST_START, MAX_COMMANDS, handle};
use es_core::{AppendError, Appended, Clock, Commit, EventAppender, EventReader, TimeAndKeys, Timestamp};
use http_api::GatewayEvent;
use serde_json::{Value, json};
use testing::gateway::{Answered, sample};
use testing::{InMemoryEventStore, forward_reads};
use uuid::Uuid;

/// The start of 2027, in seconds since the Unix epoch.
const START: i64 = 1_798_761_600;

/// A clock that shows the seconds since the start that a test sets.
#[derive(Debug, Default)]
struct SecondHand(AtomicI64);

impl Clock for SecondHand {
    fn now(&self) -> Timestamp {
        Timestamp::from_micros((START + self.0.load(Ordering::SeqCst)) * 1_000_000).unwrap()
    }
}

impl TimeAndKeys for SecondHand {
    fn key(&self) -> Uuid {
        Uuid::new_v4()
    }
}

/// A store in which each append takes one second of the clock. After `hangs_after` appends, no append ends.
#[derive(Default)]
struct SlowStore {
    inner: InMemoryEventStore,
    clock: Arc<SecondHand>,
    hangs_after: Option<usize>,
}

impl SlowStore {
    /// Sends `commands` in one batch to a function that has `seconds` left.
    async fn submit(&self, commands: &[Value], seconds: i64) -> Answered {
        let mut event: GatewayEvent = sample("submit-batch", "mixed");
        event.payload.body = Some(json!({ "commands": commands }).to_string());
        let now = START + self.clock.0.load(Ordering::SeqCst);
        event.context.deadline = u64::try_from((now + seconds) * 1_000).unwrap();
        let request = commands::api(Arc::clone(&self.clock) as _).request(event);
        Answered::from(handle(self, &PriceSource::Command, &request).await)
    }
}

impl EventAppender for SlowStore {
    async fn append(&self, commit: &Commit) -> Result<Appended, AppendError> {
        if self.hangs_after.is_some_and(|appends| self.inner.appends() >= appends) {
            return pending().await;
        }
        self.clock.0.fetch_add(1, Ordering::SeqCst);
        self.inner.append(commit).await
    }

    async fn pause(&self, longest: Duration) {
        self.inner.pause(longest).await;
    }
}

impl EventReader for SlowStore {
    forward_reads!(inner: load, commits_after, load_all);
}

fn create() -> Value {
    let items = json!([{"product_id": "kettle", "quantity": 1, "unit_price_cents": 5990}]);
    json!({"operation": "create", "user_id": "user-1", "items": items})
}

/// The status of each result, whether it was replayed, and the last part of its problem's type.
fn outcomes(answered: &Answered) -> Vec<(i64, bool, &str)> {
    assert_eq!(answered.status, 200, "{}", answered.body);
    let results = answered.body["results"].as_array().unwrap().iter();
    let outcomes = results.map(|result| {
        let problem = result["problem"]["type"].as_str().unwrap_or_default();
        let code = problem.rsplit(':').next().unwrap_or_default();
        (result["status"].as_i64().unwrap(), result["replayed"] == true, code)
    });
    outcomes.collect()
}

const CREATED: (i64, bool, &str) = (201, false, "");
const REPLAYED: (i64, bool, &str) = (201, true, "");
const NOT_ATTEMPTED: (i64, bool, &str) = (503, false, "not-attempted");
const CUT_OFF: (i64, bool, &str) = (500, false, "internal");

#[tokio::test]
async fn a_batch_begins_no_command_in_its_last_seconds_and_can_be_repeated() {
    let (store, commands) = (SlowStore::default(), vec![create(); MAX_COMMANDS]);
    let first = store.submit(&commands, 10).await;
    // Commands begin with 10, 9, … and 3 seconds left.
    let begun = 10 - usize::try_from(LAST_START.as_secs()).unwrap() + 1;
    let expected = [vec![CREATED; begun], vec![NOT_ATTEMPTED; MAX_COMMANDS - begun]].concat();
    assert_eq!(outcomes(&first), expected);
    assert_eq!(store.inner.appends(), begun);
    assert_eq!(first.header("retry-after"), "1");
    let again = store.submit(&commands, 1_000).await;
    assert_eq!(outcomes(&again), [vec![REPLAYED; begun], vec![CREATED; MAX_COMMANDS - begun]].concat());
    assert_eq!(again.header("retry-after"), "");
}

#[tokio::test]
async fn the_rest_of_a_lane_is_not_attempted_either() {
    let store = SlowStore::default();
    let created = store.submit(&[create()], 1_000).await;
    let order = &created.body["results"][0]["receipt"]["order_id"];
    let life = [
        json!({"operation": "confirm", "order_id": order, "idempotency_key": "confirm"}),
        json!({"operation": "ship", "order_id": order, "tracking_number": "123456", "carrier": "DHL"}),
        json!({"operation": "deliver", "order_id": order}),
    ];
    let answered = store.submit(&life, 3).await;
    assert_eq!(outcomes(&answered), [(200, false, ""), (200, false, ""), NOT_ATTEMPTED]);
}

#[tokio::test]
async fn a_function_with_little_time_uses_half_of_it() {
    let store = SlowStore::default();
    let answered = store.submit(&vec![create(); 5], 2).await;
    assert_eq!(outcomes(&answered), [CREATED, CREATED, NOT_ATTEMPTED, NOT_ATTEMPTED, NOT_ATTEMPTED]);
}

#[tokio::test(start_paused = true)]
async fn commands_that_do_not_end_are_cut_off_and_the_others_keep_their_answers() {
    let store = SlowStore { hangs_after: Some(2), ..SlowStore::default() };
    let commands = vec![create(); CONCURRENCY + 2];
    let cut_off = store.submit(&commands, 10).await;
    // The clock of the API does not move while the commands hang, so each command begins in time.
    assert_eq!(outcomes(&cut_off), [vec![CREATED; 2], vec![CUT_OFF; CONCURRENCY]].concat());
    assert_eq!(
        cut_off.header("retry-after"),
        "1",
        "every command has begun, but not every command has ended"
    );
    let problem = cut_off.body["results"][3]["problem"].as_object().unwrap();
    assert!(!problem.contains_key("detail"), "{problem:?}");
}
