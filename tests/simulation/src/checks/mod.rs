//! What must hold after every run, whatever went wrong in it.
//!
//! The event table is read from the engine itself; everything else is asked for over the API, as a caller would. What a
//! view has to be is folded here out of the events, without the code that projects them.

mod asking;
mod listing;
mod past;
mod streams;
mod told;
mod views;

use crate::functions::Api;
use crate::operator::Operator;
use crate::world::Generation;

use past::{Past, Violation};

/// Everything that must hold, in each generation of the views; how many commits there are.
pub(crate) async fn all(api: &Api, operator: Option<&Operator>) -> Result<usize, Violation> {
    let past = Past::of(&api.world.database)?;
    streams::are_sound(&past)?;
    told::is_there_once(&past, &api.world.ledger)?;
    told::was_seen(&past, &api.world.ledger)?;
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

/// What must hold of the views that are read.
async fn all_views(api: &Api, past: &Past) -> Result<(), Violation> {
    views::are_folds(api, past).await?;
    views::histories_are_streams(api, past).await?;
    listing::is_complete(api, past).await?;
    listing::search_finds_what_views_say(api, past).await?;
    views::analytics_are_recounts(api, past).await
}

/// The comparison of both generations finds them equal.
async fn generations_are_equal(operator: &Operator) -> Result<(), Violation> {
    match operator.compare().await {
        Some(differences) if differences.is_empty() => Ok(()),
        found => Err(format!("the comparison of the generations finds {found:?}")),
    }
}
