//! The checks after every run, and those after every write to a table. They must hold for any combination of faults.
//!
//! The event table is read directly from the engine. Everything else is read through the API, as a client does. The
//! expected views are computed from the events without the code of the projections.

mod answers;
mod decisions;
mod event_table;
mod histories;
mod listing;
mod notifications;
mod observations;
mod publishing;
mod queues;
mod reading;
mod replaying;
mod streams;
mod views;
mod writes;

use crate::functions::Api;
use crate::operator::Operator;
use crate::world::{EVENTS, GENERATIONS, RESTORED_EVENTS};

use event_table::EventTable;

pub(crate) use event_table::Violation;
pub(crate) use queues::{may_leave_its_queue, refuses_commits};
pub(crate) use writes::after_write;

/// Runs all checks, for each generation of the views. Returns the number of commits.
pub(crate) async fn all(api: &Api, operator: Option<&Operator>) -> Result<usize, Violation> {
    let event_table = EventTable::from_database(&api.world.database, EVENTS)?;
    streams::are_sound(&event_table)?;
    answers::commands_are_stored_once(&event_table, &api.world)?;
    decisions::see_the_present(&event_table, &api.world)?;
    answers::queries_return_versions(&event_table, &api.world.ledger)?;
    observations::are_possible(&event_table, &api.world)?;
    publishing::is_complete(&api.world, &event_table)?;
    replaying::is_complete(&api.world, &event_table)?;
    notifications::are_requested_once(&event_table)?;
    match operator {
        None => all_views(api, &event_table).await?,
        Some(operator) => {
            all_views(api, &event_table).await.map_err(|why| format!("the live generation: {why}"))?;
            if api.world.switch_log.stage().is_some() {
                for generation in GENERATIONS {
                    api.world.deployment.check(generation);
                    all_views(api, &event_table).await.map_err(|why| format!("{generation}: {why}"))?;
                }
                generations_are_equal(operator).await?;
            }
        }
    }
    Ok(event_table.commits())
}

/// Checks that the views of the live generation are folds of the restored event table, and that its streams are sound.
pub(crate) async fn after_restore(api: &Api) -> Result<(), Violation> {
    let event_table = EventTable::from_database(&api.world.database, RESTORED_EVENTS)?;
    streams::are_sound(&event_table)?;
    all_views(api, &event_table).await
}

/// Checks the views of the live generation.
async fn all_views(api: &Api, event_table: &EventTable) -> Result<(), Violation> {
    views::are_folds(api, event_table).await?;
    views::histories_are_streams(api, event_table).await?;
    listing::is_complete(api, event_table).await?;
    listing::search_finds_what_views_say(api, event_table).await?;
    views::analytics_are_recounts(api, event_table).await
}

/// Checks that the comparison of both generations finds no difference.
async fn generations_are_equal(operator: &Operator) -> Result<(), Violation> {
    match operator.compare().await {
        Some(differences) if differences.is_empty() => Ok(()),
        found => Err(format!("the comparison of the generations finds {found:?}")),
    }
}
