//! How long a command takes, and how many commands eight writers carry out. In each round all contenders take turns, so a
//! disturbance of the machine meets all of them. The ratios are those within a round.

use std::time::Instant;

use futures::future::try_join_all;
use uuid::Uuid;

use crate::contender::{self, Contender, done};
use crate::database::Database;
use crate::error::PeersError;
use crate::plan::Plan;
use crate::shop::{confirm, create};
use crate::table::{Table, median, milliseconds, paired_ratio, ratio, whole};

/// The writers that work at the same time.
const WRITERS: u32 = 8;

/// What one round measured of one contender.
#[derive(Debug, Clone, Copy)]
struct Round {
    create: f64,
    confirm: f64,
    per_second: f64,
}

/// The commands per second of each contender at eight writers, one number for each round.
pub(crate) type Rates = Vec<(&'static str, Vec<f64>)>;

/// Fills the table `speed`. Also returns the rates.
pub(crate) async fn table(database: &Database, plan: &Plan) -> Result<(Table, Rates), PeersError> {
    let contenders = contender::all(database).await?;
    let mut rounds: Vec<Vec<Round>> = vec![Vec::new(); contenders.len()];
    // The first round opens connections and is not counted.
    for round in 0..=plan.rounds {
        for (measured, contender) in rounds.iter_mut().zip(&contenders) {
            let result = measure(contender.as_ref(), plan.commands).await?;
            if round > 0 {
                measured.push(result);
            }
        }
    }
    let mut table = Table::new("speed")?;
    let mut rates = Rates::new();
    for (measured, contender) in rounds.iter().zip(&contenders) {
        let values = |value: fn(&Round) -> f64| measured.iter().map(value).collect::<Vec<_>>();
        let ratios = |value: fn(&Round) -> f64| {
            let own: Vec<_> = rounds[0].iter().map(value).collect();
            ratio(paired_ratio(&values(value), &own))
        };
        let per_second = values(|round| round.per_second);
        rates.push((contender.name(), per_second.clone()));
        table.set(
            contender.name(),
            [
                milliseconds(median(values(|round| round.create))),
                ratios(|round| round.create),
                milliseconds(median(values(|round| round.confirm))),
                ratios(|round| round.confirm),
                whole(median(per_second)),
                ratios(|round| round.per_second),
            ],
        )?;
    }
    Ok((table, rates))
}

async fn measure(contender: &dyn Contender, commands: u32) -> Result<Round, PeersError> {
    let ids: Vec<Uuid> = (0..commands).map(|_| Uuid::new_v4()).collect();
    let (mut creates, mut confirms) = (Vec::new(), Vec::new());
    for id in &ids {
        let command = create(*id)?;
        let start = Instant::now();
        let verdict = contender.order(&command).await?;
        creates.push(start.elapsed().as_secs_f64());
        done(contender, verdict)?;
    }
    for id in &ids {
        let start = Instant::now();
        let verdict = contender.order(&confirm(*id)).await?;
        confirms.push(start.elapsed().as_secs_f64());
        done(contender, verdict)?;
    }
    let start = Instant::now();
    try_join_all((0..WRITERS).map(|_| write(contender, commands))).await?;
    let sent = f64::from(2 * WRITERS * commands);
    Ok(Round {
        create: median(creates),
        confirm: median(confirms),
        per_second: sent / start.elapsed().as_secs_f64(),
    })
}

/// Creates and confirms as many orders as one writer does in a round.
async fn write(contender: &dyn Contender, commands: u32) -> Result<(), PeersError> {
    for _ in 0..commands {
        let id = Uuid::new_v4();
        done(contender, contender.order(&create(id)?).await?)?;
        done(contender, contender.order(&confirm(id)).await?)?;
    }
    Ok(())
}
