//! What one command consumes: requests and capacity units, counted.

use uuid::Uuid;

use crate::contender::{self, catalog, done};
use crate::counting::Usage;
use crate::database::Database;
use crate::error::PeersError;
use crate::shapes::{OWN_CATALOG, OWN_REMEMBERED};
use crate::shop::{confirm, create};
use crate::table::{NONE, Table, amount};

/// How many orders are created and confirmed.
const ORDERS: u32 = 20;

/// Fills the table `costs`.
pub(crate) async fn table(database: &Database) -> Result<Table, PeersError> {
    let mut table = Table::new("costs")?;
    for contender in contender::all(database).await? {
        let contender = contender.as_ref();
        let ids: Vec<Uuid> = (0..ORDERS).map(|_| Uuid::new_v4()).collect();
        contender.counter().take();
        for id in &ids {
            done(contender, contender.order(&create(*id)?).await?)?;
        }
        let created = contender.counter().take();
        for id in &ids {
            done(contender, contender.order(&confirm(*id)).await?)?;
        }
        let [first, second, third] = cells(created);
        let [fourth, fifth, sixth] = cells(contender.counter().take());
        table.set(contender.name(), [first, second, third, fourth, fifth, sixth])?;
    }
    for name in [OWN_CATALOG, OWN_REMEMBERED] {
        let [requests, writes, reads] = cells(catalog::creations(database, name, ORDERS).await?);
        let none = || NONE.to_owned();
        table.set(name, [requests, writes, reads, none(), none(), none()])?;
    }
    Ok(table)
}

/// The requests, write units and read units of one of [`ORDERS`] commands.
fn cells(usage: Usage) -> [String; 3] {
    [usage.requests as f64, usage.writes, usage.reads].map(|sum| amount(sum / f64::from(ORDERS)))
}
