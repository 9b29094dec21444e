//! The obligations that keep the promise of idempotency keys: which caller a key belongs to, and how long a stream
//! remembers it.

use std::convert::Infallible;
use std::time::Duration;

use es_core::{
    AppendError, Category, Decider, DomainEvent, EventAppender, EventReader, Execution, ExecutionError,
    Expectation, IdempotencyKey, KEY_LIFETIME, Metadata, Outcome, RequestHash, SnapshotPolicy, StreamId,
    Timestamp, execute,
};
use fastrand::Rng;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{StreamBuilder, all, stream};

/// A commit of another caller under the same key is a conflict, and the conflict returns that commit.
pub async fn a_key_of_another_caller_is_a_conflict<S: EventReader + EventAppender>(store: S) {
    let past = StreamBuilder::new().then(1).then(1);
    past.append_to(&store).await;
    let mut other = past.commits[1].clone();
    other.metadata.actor = "user-2".into();
    let error = store.append(&other).await.unwrap_err();
    let AppendError::Conflict { winner } = error else {
        panic!("the append must fail with a conflict: {error}")
    };
    assert_eq!(*winner, past.commits[1]);
    assert_eq!(all(&store, past.stream()).await, past.commits);
}

/// The average time between two commits of a stream. The fast streams have many more than 64 commits in 24 hours, and
/// the slow streams outlive the keys of their first commits.
const PACES: [Duration; 4] =
    [Duration::from_secs(20), Duration::from_mins(15), Duration::from_mins(40), Duration::from_hours(4)];
/// The number of commits of each stream.
const COMMITS: usize = 100;
/// The largest difference between the clock of a request and the true time. Two clocks differ by less than an hour.
const SKEW: Duration = Duration::from_mins(29);

/// However many commits follow, every request of the last 24 hours is answered as a repeat, and a different request of
/// the same caller under the same key is refused. Both callers use each key.
pub async fn keys_are_remembered_for_24_hours<S: EventReader + EventAppender>(store: S) {
    for (pace, seed) in PACES.into_iter().zip(0..) {
        let mut rng = Rng::with_seed(seed);
        let (stream, mut now, mut made) = (stream(), Duration::from_hours(500_000), Vec::new());
        for number in 0..COMMITS {
            now += pace.mul_f64(rng.f64() * 2.0);
            let request = Request { stream: stream.clone(), number };
            let outcome = execute::<Tally, _>(&store, request.at(now, &mut rng)).await.unwrap();
            assert_eq!((outcome.state.0, outcome.replayed), (number + 1, false), "{pace:?}");
            made.push((request, now, outcome));
            let (request, then, first) = &made[rng.usize(0..made.len())];
            if now <= *then + KEY_LIFETIME {
                is_remembered(&store, request, first, now, &mut rng).await;
            }
        }
        for (request, _, first) in made.iter().filter(|(_, then, _)| now <= *then + KEY_LIFETIME) {
            is_remembered(&store, request, first, now, &mut rng).await;
        }
        assert_eq!(all(&store, &stream).await.len(), COMMITS, "{pace:?}");
    }
}

/// Asserts that a repeat of `request` gets the outcome `first`, and that another request under the key is refused.
async fn is_remembered<S: EventReader + EventAppender>(
    store: &S,
    request: &Request,
    first: &Outcome<Total>,
    now: Duration,
    rng: &mut Rng,
) {
    let again = execute::<Tally, _>(store, request.at(now, rng)).await.unwrap();
    let expected = (first.state, first.version, true);
    assert_eq!((again.state, again.version, again.replayed), expected, "request {}", request.number);
    let mut other = request.at(now, rng);
    other.metadata.request_hash = RequestHash::from_request("POST /tally", &json!("another request"));
    let error = execute::<Tally, _>(store, other).await.unwrap_err();
    assert!(matches!(error, ExecutionError::KeyReused), "request {}: {error}", request.number);
}

/// One of the numbered requests to a stream.
struct Request {
    stream: StreamId,
    number: usize,
}

impl Request {
    /// The request as a machine receives it `now`. The clock of the machine is not exact.
    fn at(&self, now: Duration, rng: &mut Rng) -> Execution<()> {
        let shown = now.saturating_sub(SKEW) + SKEW.mul_f64(rng.f64() * 2.0);
        let metadata = Metadata {
            occurred_at: Timestamp::from_micros(shown.as_micros().try_into().unwrap()).unwrap(),
            actor: format!("user-{}", self.number % 2),
            key: IdempotencyKey::try_from(format!("key-{}", self.number / 2)).unwrap(),
            request_hash: RequestHash::from_request("POST /tally", &json!({})),
            traceparent: None,
            correlation_id: String::new(),
            causation_id: rng.u64(..).to_string(),
        };
        Execution { stream: self.stream.clone(), command: (), expectation: Expectation::Any, metadata }
    }
}

/// Counts its commits.
enum Tally {}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Total(usize);

#[derive(Serialize, Deserialize, DomainEvent)]
#[serde(tag = "type", content = "data")]
enum Counted {
    Counted {},
}

impl Decider for Tally {
    const CATEGORY: Category = Category::new("tally");
    const SNAPSHOT: SnapshotPolicy = SnapshotPolicy::schema(1);

    type Command = ();
    type Event = Counted;
    type State = Total;
    type Error = Infallible;

    fn decide(_: &Total, (): ()) -> Result<Vec<Counted>, Infallible> {
        Ok(vec![Counted::Counted {}])
    }

    fn evolve(Total(total): Total, Counted::Counted {}: &Counted) -> Total {
        Total(total + 1)
    }
}
