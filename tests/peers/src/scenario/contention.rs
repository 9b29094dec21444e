//! Sixteen writers set the price of one product.

use std::time::Instant;

use futures::future::try_join_all;
use uuid::Uuid;

use crate::contender::{self, Contender, Verdict, done};
use crate::counting::Usage;
use crate::database::Database;
use crate::error::PeersError;
use crate::plan::Plan;
use crate::shapes::{CRUD, OWN};
use crate::shop::{FIRST_PRICE, price, register};
use crate::table::{Table, amount, whole};

/// The writers.
const WRITERS: i64 = 16;
/// The commands of each writer.
const COMMANDS: i64 = 15;
/// The attempts that a caller makes for a contender that does not try again itself. This project's `execute` makes as
/// many.
const ATTEMPTS: u32 = es_core::MAX_ATTEMPTS;

/// The refused writes for each accepted command in each race: of this project, and of CRUD with one item and one
/// attempt.
#[derive(Debug, Clone, Default)]
pub(crate) struct Refusals {
    /// Of this project.
    pub(crate) own: Vec<f64>,
    /// Of CRUD with one attempt.
    pub(crate) crud: Vec<f64>,
}

/// The sums of all races of one row.
#[derive(Debug, Default)]
struct Races {
    accepted: f64,
    seconds: f64,
    requests: f64,
    refusals: f64,
    units: f64,
    number: f64,
    /// The refusals for each accepted command, one number for each race.
    refusals_an_accepted: Vec<f64>,
}

/// Fills the table `contention`. Also returns the refusals.
pub(crate) async fn table(database: &Database, plan: &Plan) -> Result<(Table, Refusals), PeersError> {
    let contenders = contender::stores(database).await?;
    let mut rows: Vec<(&dyn Contender, u32, String, Races)> = Vec::new();
    for contender in &contenders {
        let (contender, name) = (contender.as_ref(), contender.name());
        if name == OWN {
            rows.push((contender, 1, name.to_owned(), Races::default()));
        } else {
            rows.push((contender, 1, format!("{name}, one attempt"), Races::default()));
            rows.push((contender, ATTEMPTS, format!("{name}, {ATTEMPTS} attempts"), Races::default()));
        }
    }
    for _ in 0..plan.rounds {
        for (contender, attempts, _, races) in &mut rows {
            races.add(&race(*contender, *attempts).await?);
        }
    }
    let mut table = Table::new("contention")?;
    let mut refusals = Refusals::default();
    for (contender, attempts, row, races) in &rows {
        match (contender.name(), *attempts) {
            (OWN, _) => refusals.own.clone_from(&races.refusals_an_accepted),
            (CRUD, 1) => refusals.crud.clone_from(&races.refusals_an_accepted),
            _ => {}
        }
        table.set(
            row,
            [
                whole(races.accepted / races.number),
                amount(races.requests / races.accepted),
                amount(races.refusals / races.accepted),
                amount(races.units / races.accepted),
                whole(races.accepted / races.seconds),
            ],
        )?;
    }
    Ok((table, refusals))
}

/// The result of one race.
struct Race {
    accepted: i64,
    seconds: f64,
    used: Usage,
}

impl Races {
    fn add(&mut self, race: &Race) {
        self.number += 1.0;
        self.accepted += race.accepted as f64;
        self.seconds += race.seconds;
        self.requests += race.used.requests as f64;
        self.refusals += race.used.refusals as f64;
        self.refusals_an_accepted.push(race.used.refusals as f64 / race.accepted as f64);
        self.units += race.used.reads + race.used.writes;
    }
}

async fn race(contender: &dyn Contender, attempts: u32) -> Result<Race, PeersError> {
    let id = Uuid::new_v4();
    done(contender, contender.product(&register(id)?).await?)?;
    contender.counter().take();
    let start = Instant::now();
    let accepted = try_join_all((0..WRITERS).map(|writer| write(contender, id, writer, attempts))).await?;
    let seconds = start.elapsed().as_secs_f64();
    Ok(Race { accepted: accepted.iter().sum(), seconds, used: contender.counter().take() })
}

/// The accepted commands of one writer. Each command sets another price, so each one is an event.
async fn write(contender: &dyn Contender, id: Uuid, writer: i64, attempts: u32) -> Result<i64, PeersError> {
    let mut accepted = 0;
    for number in 0..COMMANDS {
        let cents = FIRST_PRICE + 1 + writer * COMMANDS + number;
        let command = price(id, cents, format!("{id}-{writer}-{number}"))?;
        for _ in 0..attempts {
            if contender.product(&command).await? == Verdict::Done {
                accepted += 1;
                break;
            }
        }
    }
    Ok(accepted)
}
