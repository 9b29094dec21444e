//! What must hold after every run, whatever went wrong in it.
//!
//! The event table is read from the engine itself; everything else is asked for over the API, as a caller would. What a
//! view has to be is folded here out of the events, without the code that projects them.

mod acknowledged;
mod analytics;
mod expected;
mod histories;
mod listing;
mod past;
mod search;
mod seen;
mod streams;
mod views;

use crate::functions::Api;

use past::Past;

/// Why a run is not as it must be.
pub(crate) type Violation = String;

/// Everything that must hold; how many commits there are.
pub(crate) async fn all(api: &Api) -> Result<usize, Violation> {
    let past = Past::of(&api.world.database)?;
    streams::are_sound(&past)?;
    acknowledged::are_there_once(&past, &api.world.ledger)?;
    seen::was_true(&past, &api.world.ledger)?;
    views::are_folds(api, &past).await?;
    histories::are_streams(api, &past).await?;
    listing::is_complete(api, &past).await?;
    search::finds_what_views_say(api, &past).await?;
    analytics::are_recounts(api, &past).await?;
    Ok(past.commits())
}
