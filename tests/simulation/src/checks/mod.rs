//! The checks after every run. They must hold for any combination of faults.
//!
//! The event table is read directly from the engine. Everything else is read through the API, as a client does. The
//! expected views are computed from the events without the code of the projections.

mod answers;
mod listing;
mod past;
mod reading;
mod streams;
mod views;

use crate::functions::Api;
use crate::operator::Operator;
use crate::world::Generation;

use past::{Past, Violation};

/// Runs all checks, for each generation of the views. Returns the number of commits.
pub(crate) async fn all(api: &Api, operator: Option<&Operator>) -> Result<usize, Violation> {
    let past = Past::from_database(&api.world.database)?;
    streams::are_sound(&past)?;
    answers::commands_are_stored_once(&past, &api.world.ledger)?;
    answers::queries_return_versions(&past, &api.world.ledger)?;
    match operator {
        None => all_views(api, &past).await?,
        Some(operator) => {
            for generation in Generation::BOTH {
                api.world.deployment.cut_over(generation);
                all_views(api, &past).await.map_err(|why| format!("{generation:?}: {why}"))?;
            }
            generations_are_equal(operator).await?;
        }
    }
    Ok(past.commits())
}

/// Checks the views of the live generation.
async fn all_views(api: &Api, past: &Past) -> Result<(), Violation> {
    views::are_folds(api, past).await?;
    views::histories_are_streams(api, past).await?;
    listing::is_complete(api, past).await?;
    listing::search_finds_what_views_say(api, past).await?;
    views::analytics_are_recounts(api, past).await
}

/// Checks that the comparison of both generations finds no difference.
async fn generations_are_equal(operator: &Operator) -> Result<(), Violation> {
    match operator.compare().await {
        Some(differences) if differences.is_empty() => Ok(()),
        found => Err(format!("the comparison of the generations finds {found:?}")),
    }
}
