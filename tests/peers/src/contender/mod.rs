//! The contenders. Each one carries out the same commands with the same deciders on tables of its own.

pub(crate) mod adapter;
pub(crate) mod catalog;
pub(crate) mod crud;
pub(crate) mod dynamo_es;
pub(crate) mod own;
mod port;

pub(crate) use adapter::Adapter;
pub(crate) use crud::Crud;
pub(crate) use dynamo_es::{Adapted, DynamoEs, Mode};
pub(crate) use own::Own;
pub(crate) use port::{Contender, Verdict, done};

use crate::database::Database;
use crate::error::PeersError;

/// The contenders that write, with new tables. The first one is this project.
pub(crate) async fn all(database: &Database) -> Result<Vec<Box<dyn Contender>>, PeersError> {
    Ok(vec![
        Box::new(Own::new(database).await),
        Box::new(DynamoEs::new(database, Mode::Events).await?),
        Box::new(DynamoEs::new(database, Mode::View).await?),
        Box::new(Adapter::new(database).await?),
        Box::new(Crud::new(database, crud::Layout::OneItem).await?),
        Box::new(Crud::new(database, crud::Layout::Normalised).await?),
    ])
}

/// The contenders of the repeats and the races: each store once, without its view.
pub(crate) async fn stores(database: &Database) -> Result<Vec<Box<dyn Contender>>, PeersError> {
    Ok(vec![
        Box::new(Own::new(database).await),
        Box::new(DynamoEs::new(database, Mode::Events).await?),
        Box::new(Adapter::new(database).await?),
        Box::new(Crud::new(database, crud::Layout::OneItem).await?),
    ])
}

/// The contenders that load long histories. One peer takes part with its snapshots instead of its view.
pub(crate) async fn with_histories(database: &Database) -> Result<Vec<Box<dyn Contender>>, PeersError> {
    Ok(vec![
        Box::new(Own::new(database).await),
        Box::new(Own::in_a_day(database).await),
        Box::new(DynamoEs::new(database, Mode::Events).await?),
        Box::new(DynamoEs::new(database, Mode::Snapshots).await?),
        Box::new(Adapter::new(database).await?),
        Box::new(Crud::new(database, crud::Layout::OneItem).await?),
    ])
}
