//! The growth of the event table: the same commands beside more and more stored streams. All tables are filled first, and
//! each round measures all of them in turn, so a disturbance of the machine meets all sizes.

use std::time::Instant;

use domain::order::Order;
use dynamo::AttributeMap;
use uuid::Uuid;

use crate::contender::own::{carry_out, stream};
use crate::contender::{Contender, Own, done};
use crate::counting::Usage;
use crate::database::{Database, number, text};
use crate::error::{PeersError, failed};
use crate::plan::{Plan, with_commas};
use crate::shop::{confirm, create};
use crate::table::{Table, amount, median, paired_ratio, ratio};

/// The largest difference of a flat cost: 5 percent.
const TOLERANCE: f64 = 0.05;

/// An event table with many streams.
struct Grown {
    own: Own,
    streams: usize,
    /// Stored orders that no round has confirmed.
    unconfirmed: Vec<Uuid>,
    rounds: Vec<Round>,
    created: Usage,
    confirmed: Usage,
}

/// The median seconds of one round.
#[derive(Debug, Clone, Copy)]
struct Round {
    create: f64,
    confirm: f64,
}

/// Fills the table `growth`.
pub(crate) async fn table(database: &Database, plan: &Plan) -> Result<Table, PeersError> {
    let wanted = plan.commands as usize * (plan.rounds + 1);
    let mut grown = Vec::new();
    for streams in plan.streams {
        grown.push(Grown::new(database, *streams, wanted).await?);
    }
    for round in 0..=plan.rounds {
        for table in &mut grown {
            // The first round opens connections and is not counted.
            let measured = table.round(plan.commands).await?;
            if round > 0 {
                table.rounds.push(measured);
            }
        }
    }
    let commands = f64::from(plan.commands);
    let mut table = Table::new("growth")?;
    let each = |usage: Usage| [usage.requests as f64, usage.writes, usage.reads].map(|sum| sum / commands);
    let smallest = grown.first().map(|first| (each(first.created), each(first.confirmed)));
    for size in &grown {
        let (created, confirmed) = (each(size.created), each(size.confirmed));
        let ratios = |value: fn(&Round) -> f64| {
            let values = |rounds: &[Round]| rounds.iter().map(value).collect::<Vec<_>>();
            paired_ratio(&values(&size.rounds), &values(&grown[0].rounds))
        };
        let (create, confirm) = (ratios(|round| round.create), ratios(|round| round.confirm));
        let counted = smallest == Some((created, confirmed));
        let timed = [create, confirm].iter().all(|ratio| *ratio <= 1.0 + TOLERANCE);
        let flat = match (counted, timed) {
            (true, true) => "yes",
            (true, false) => "units yes, time no",
            (false, _) => "no",
        };
        table.set(
            &with_commas(size.streams),
            [
                amount(created[0]),
                amount(created[1]),
                ratio(create),
                amount(confirmed[0]),
                amount(confirmed[1]),
                amount(confirmed[2]),
                ratio(confirm),
                flat.to_owned(),
            ],
        )?;
    }
    Ok(table)
}

impl Grown {
    /// A table with `streams` streams of one commit. The commit is a stored one under other stream ids.
    async fn new(database: &Database, streams: usize, wanted: usize) -> Result<Self, PeersError> {
        let own = Own::new(database).await;
        let first = Uuid::new_v4();
        done(&own, carry_out(&own.store, &create(first)?).await?)?;
        let get = database.client(own.counter()).get_item().table_name(&own.table);
        let get = get.key("pk", text(stream::<Order>(first).to_string())).key("sk", number(1));
        let read = get.send().await.map_err(failed("read the first commit"))?;
        let commit = read.item.ok_or_else(|| failed("read the first commit")("it is not there"))?;
        let item = |id: Uuid| {
            let mut item: AttributeMap = commit.clone();
            item.insert("pk".to_owned(), text(stream::<Order>(id).to_string()));
            item
        };
        let unconfirmed: Vec<Uuid> = (1..streams).take(wanted).map(|_| Uuid::new_v4()).collect();
        let others = (1 + unconfirmed.len()..streams).map(|_| Uuid::new_v4());
        database.fill(&own.table, unconfirmed.iter().copied().chain(others).map(item)).await?;
        let (created, confirmed) = (Usage::default(), Usage::default());
        Ok(Self { own, streams, unconfirmed, rounds: Vec::new(), created, confirmed })
    }

    /// Creates orders and confirms stored ones.
    async fn round(&mut self, commands: u32) -> Result<Round, PeersError> {
        let (mut creates, mut confirms) = (Vec::new(), Vec::new());
        self.own.counter().take();
        for _ in 0..commands {
            let command = create(Uuid::new_v4())?;
            let start = Instant::now();
            let verdict = carry_out(&self.own.store, &command).await?;
            creates.push(start.elapsed().as_secs_f64());
            done(&self.own, verdict)?;
        }
        self.created = self.own.counter().take();
        for _ in 0..commands {
            let id =
                self.unconfirmed.pop().ok_or_else(|| failed("confirm a stored order")("none is left"))?;
            let start = Instant::now();
            let verdict = carry_out(&self.own.store, &confirm(id)).await?;
            confirms.push(start.elapsed().as_secs_f64());
            done(&self.own, verdict)?;
        }
        self.confirmed = self.own.counter().take();
        Ok(Round { create: median(creates), confirm: median(confirms) })
    }
}
