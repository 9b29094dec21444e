//! The same request twice, as a client sends it that has lost the first answer.

use uuid::Uuid;

use crate::contender::{self, Verdict, done};
use crate::database::Database;
use crate::error::PeersError;
use crate::shop::{FIRST_PRICE, confirm, create, price, register};
use crate::table::Table;

/// Fills the table `repeats`.
pub(crate) async fn table(database: &Database) -> Result<Table, PeersError> {
    let mut table = Table::new("repeats")?;
    for contender in contender::stores(database).await? {
        let contender = contender.as_ref();
        let id = Uuid::new_v4();
        let (created, confirmed) = (create(id)?, confirm(id));
        done(contender, contender.order(&created).await?)?;
        let create_again = contender.order(&created).await?;
        done(contender, contender.order(&confirmed).await?)?;
        let confirm_again = contender.order(&confirmed).await?;

        let id = Uuid::new_v4();
        let (earlier, later) = (
            price(id, FIRST_PRICE + 1, format!("earlier-{id}"))?,
            price(id, FIRST_PRICE + 2, format!("later-{id}"))?,
        );
        for command in [&register(id)?, &earlier, &later] {
            done(contender, contender.product(command).await?)?;
        }
        let price_again = contender.product(&earlier).await?;
        table.set(contender.name(), [create_again, confirm_again, price_again].map(in_words))?;
    }
    Ok(table)
}

fn in_words(verdict: Verdict) -> String {
    match verdict {
        Verdict::FirstAnswer => "first answer",
        Verdict::Done => "carried out twice",
        Verdict::Refused | Verdict::Conflict => "refused",
    }
    .to_owned()
}
