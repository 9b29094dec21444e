//! What happens beside the load, one disturbance in each round.

use std::error::Error;
use std::fmt;
use std::time::Duration;

use e2e::{Load, Operator};
use localstack::RunningStack;
use serde_json::{Value, json};
use stack_base::chaos::Fault;
use stack_base::clock::{iso8601, now_ms};
use tokio::time::sleep;

use crate::generations;
use crate::operators::invoke;

/// The numbers of shards, in turn. `UpdateShardCount` changes a number at most to its double or its half.
const SHARDS: [i32; 4] = [4, 2, 3, 5];
/// The probability that DynamoDB throttles a write in an outage. The few writes that succeed give the projections records
/// to fail at.
const OUTAGE: f64 = 0.9;
/// The logical id of the queue with the batches that Lambda gave up.
const FAILURES: &str = "StreamFailureQueue";
/// How often the queue is read in an outage, and the pause between two reads.
const READS: usize = 240;
const PAUSE: Duration = Duration::from_millis(500);
/// The most invocations of `republish` for one range.
const INVOCATIONS: usize = 20;

type BoxError = Box<dyn Error + Send + Sync>;

/// A disturbance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Disturbance {
    /// The number of shards changes.
    Reshard,
    /// An operator begins a second generation of the query table.
    BeginGeneration,
    /// DynamoDB throttles most writes until Lambda gives up on a batch. The batch is redriven after the round.
    Outage,
    /// An operator builds the second generation, compares it and cuts over.
    CutOver,
    /// An operator publishes the events of the last rounds again.
    Republish,
    /// An operator compares random views with their streams.
    Reconcile,
    /// An operator ends the use of the first generation.
    EndGeneration,
}

/// What a disturbance needs.
pub(crate) struct Surroundings<'s> {
    pub(crate) stack: &'s RunningStack,
    pub(crate) operator: &'s Operator,
    pub(crate) load: &'s Load,
    /// The beginning of the time whose events are published again, in milliseconds since the epoch.
    pub(crate) since: i64,
    /// How often all disturbances have happened.
    pub(crate) turn: usize,
}

impl Disturbance {
    /// All disturbances, in the order of the rounds. Between two steps of the generations, other disturbances happen while
    /// the projections write both generations.
    pub(crate) const ALL: [Self; 7] = [
        Self::Reshard,
        Self::BeginGeneration,
        Self::Outage,
        Self::CutOver,
        Self::Republish,
        Self::Reconcile,
        Self::EndGeneration,
    ];

    /// Carries out the disturbance.
    pub(crate) async fn carry_out(self, surroundings: &Surroundings<'_>) -> Result<(), BoxError> {
        let Surroundings { stack, operator, load, since, turn } = *surroundings;
        // A disturbance without a load disturbs nothing.
        load.acknowledged().wait_for(|all| !all.is_empty()).await?;
        match self {
            Self::Reshard => operator.aws().reshard(SHARDS[turn % SHARDS.len()]).await,
            Self::BeginGeneration => generations::begin(operator, turn % 2 == 1).await,
            Self::Outage => outage(stack, operator).await,
            Self::CutOver => generations::cut_over(operator).await,
            Self::Republish => republish(operator, since).await,
            Self::Reconcile => reconcile(operator).await,
            Self::EndGeneration => generations::end(operator).await,
        }
    }
}

impl fmt::Display for Disturbance {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Reshard => "reshard",
            Self::BeginGeneration => "begin a generation",
            Self::Outage => "an outage until Lambda gives up a batch",
            Self::CutOver => "build, compare, cut over",
            Self::Republish => "publish again",
            Self::Reconcile => "reconcile",
            Self::EndGeneration => "end a generation",
        })
    }
}

/// Throttles most writes until Lambda gives up on a batch.
async fn outage(stack: &RunningStack, operator: &Operator) -> Result<(), BoxError> {
    let usual = stack.chaos().rate(Fault::Throttle);
    stack.change_faults(&[(Fault::Throttle, OUTAGE)].into())?;
    let given_up = wait_until_given_up(stack, operator).await;
    stack.change_faults(&[(Fault::Throttle, usual)].into())?;
    given_up
}

async fn wait_until_given_up(stack: &RunningStack, operator: &Operator) -> Result<(), BoxError> {
    let queue = stack.template().queues.iter().find(|queue| queue.logical_id == FAILURES);
    let end = format!("/{}", queue.ok_or_else(|| format!("there is no queue {FAILURES}"))?.name);
    for _ in 0..READS {
        let queues = operator.aws().queues().await?;
        if queues.iter().any(|(url, messages)| url.ends_with(&end) && *messages > 0) {
            return Ok(());
        }
        sleep(PAUSE).await;
    }
    Err("Lambda gave up no batch in the outage".into())
}

/// Publishes the events since `since` again.
async fn republish(operator: &Operator, since: i64) -> Result<(), BoxError> {
    let (since, until) = (iso8601(since), iso8601(now_ms()));
    let mut task = json!({"task": "time", "since": since, "until": until, "per_second": 400});
    let mut published = 0;
    for _ in 0..INVOCATIONS {
        let report = invoke(operator, "republish", &task).await?;
        published += report["published"].as_u64().ok_or_else(|| format!("not a report: {report}"))?;
        if report["continue"].is_null() {
            return if published > 0 {
                Ok(())
            } else {
                Err(format!("nothing was published again: {report}").into())
            };
        }
        task = report["continue"].clone();
    }
    Err(format!("publishing again does not end: {task}").into())
}

async fn reconcile(operator: &Operator) -> Result<(), BoxError> {
    let report: Value = invoke(operator, "reconcile", &json!({})).await?;
    if report["mismatched"] == 0 {
        Ok(())
    } else {
        Err(format!("views differ from their streams: {report}").into())
    }
}
