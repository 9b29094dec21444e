//! How fast the batches of a stream go into views: of one shard, and of several shards at the same time. In each round all
//! contenders take turns.

mod batch;
mod own;
mod peer;
mod port;

use std::sync::Arc;
use std::time::Instant;

use futures::future::try_join_all;

use self::batch::{Batch, STEPS, STREAMS, batches};
use self::port::Follower;
use crate::counting::Usage;
use crate::database::Database;
use crate::error::{PeersError, failed};
use crate::plan::Plan;
use crate::table::{Table, amount, median, paired_ratio, ratio, whole};

/// The shards that are projected at the same time. A new stream in on-demand mode has four. Source: Amazon Kinesis Data
/// Streams Developer Guide, "Choose the right mode for your data stream". The template projects one batch of a shard at a
/// time (`ParallelizationFactor`).
const SHARDS: usize = 4;

/// What one round measured of one contender in one step.
#[derive(Debug, Clone, Copy, Default)]
struct Round {
    /// Events per second of one shard.
    one_shard: f64,
    /// Events per second of [`SHARDS`] shards.
    shards: f64,
    /// What the batch of one shard consumed.
    used: Usage,
}

/// Fills the table `projecting`.
pub(crate) async fn table(database: &Database, plan: &Plan) -> Result<Table, PeersError> {
    let followers = followers(database).await?;
    let mut rounds: Vec<[Vec<Round>; STEPS.len()]> = vec![Default::default(); followers.len()];
    // The first round opens connections and is not counted.
    for round in 0..=plan.rounds {
        for (measured, follower) in rounds.iter_mut().zip(&followers) {
            let result = measure(follower).await?;
            if round > 0 {
                measured.iter_mut().zip(result).for_each(|(step, round)| step.push(round));
            }
        }
    }
    let mut table = Table::new("projecting")?;
    for (step, name) in STEPS.iter().enumerate() {
        for (measured, follower) in rounds.iter().zip(&followers) {
            let used = measured[step].last().copied().unwrap_or_default().used;
            let rates: [fn(&Round) -> f64; 2] = [|round| round.one_shard, |round| round.shards];
            let [one_shard, shards] = rates.map(|rate| {
                let values: Vec<f64> = measured[step].iter().map(rate).collect();
                let first: Vec<f64> = rounds[0][step].iter().map(rate).collect();
                (whole(median(values.clone())), ratio(paired_ratio(&values, &first)))
            });
            table.set(
                &format!("{name}: {}", follower.name()),
                [
                    used.requests.to_string(),
                    amount(used.writes),
                    amount(used.reads),
                    one_shard.0,
                    one_shard.1,
                    shards.0,
                    shards.1,
                ],
            )?;
        }
    }
    Ok(table)
}

/// The contenders with new tables. The first one is this project's view of orders.
async fn followers(database: &Database) -> Result<Vec<Arc<dyn Follower>>, PeersError> {
    Ok(vec![
        Arc::new(own::Own::order_view(database).await),
        Arc::new(own::Own::analytics(database).await),
        Arc::new(own::Own::analytics_one_by_one(database).await),
        Arc::new(peer::Peer::new(database, 1).await?),
        Arc::new(peer::Peer::new(database, peer::AT_ONCE).await?),
    ])
}

/// Projects the batches of one shard, and then those of several shards, each with orders of its own.
async fn measure(follower: &Arc<dyn Follower>) -> Result<[Round; STEPS.len()], PeersError> {
    let mut result = [Round::default(); STEPS.len()];
    for (batch, round) in batches()?.into_iter().zip(&mut result) {
        follower.counter().take();
        let start = Instant::now();
        follower.project(&batch).await?;
        round.one_shard = STREAMS as f64 / start.elapsed().as_secs_f64();
        round.used = follower.counter().take();
    }
    let shards = (0..SHARDS).map(|_| batches()).collect::<Result<Vec<_>, _>>()?;
    let mut steps: [Vec<Batch>; STEPS.len()] = Default::default();
    for shard in shards {
        steps.iter_mut().zip(shard).for_each(|(step, batch)| step.push(batch));
    }
    for (batches, round) in steps.into_iter().zip(&mut result) {
        let start = Instant::now();
        // Each shard has an invocation of its own, so each batch has a task of its own.
        let tasks = batches.into_iter().map(|batch| {
            let follower = Arc::clone(follower);
            tokio::spawn(async move { follower.project(&batch).await })
        });
        let projected = try_join_all(tasks).await.map_err(failed("project several shards"))?;
        projected.into_iter().collect::<Result<(), _>>()?;
        round.shards = (SHARDS * STREAMS) as f64 / start.elapsed().as_secs_f64();
    }
    Ok(result)
}
