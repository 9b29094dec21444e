//! The load of a product with a long history.

use std::time::Instant;

use futures::future::try_join_all;
use uuid::Uuid;

use crate::contender;
use crate::database::Database;
use crate::error::PeersError;
use crate::plan::{Plan, with_commas};
use crate::shop::events_in;
use crate::table::{Table, amount, median, milliseconds};

/// Fills the table `histories`.
pub(crate) async fn table(database: &Database, plan: &Plan) -> Result<Table, PeersError> {
    let contenders = contender::with_histories(database).await?;
    let id = Uuid::new_v4();
    try_join_all(contenders.iter().map(|contender| contender.write_history(id, plan.history))).await?;
    let mut times: Vec<Vec<f64>> = vec![Vec::new(); contenders.len()];
    for _ in 0..plan.rounds {
        for (times, contender) in times.iter_mut().zip(&contenders) {
            let start = Instant::now();
            contender.load(id).await?;
            times.push(start.elapsed().as_secs_f64());
        }
    }
    let mut table = Table::new("histories")?;
    for (times, contender) in times.into_iter().zip(&contenders) {
        contender.counter().take();
        let state = contender.load(id).await?;
        let used = contender.counter().take();
        let found = usize::try_from(events_in(&state)).unwrap_or_default();
        let all = usize::try_from(plan.history).unwrap_or_default();
        let found = format!("{} of {}", with_commas(found), with_commas(all));
        let requests = used.requests.to_string();
        let cells = [requests, amount(used.reads), milliseconds(median(times)), found];
        table.set(contender.name(), cells)?;
    }
    Ok(table)
}
