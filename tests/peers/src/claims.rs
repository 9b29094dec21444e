//! The four claims of the specification against CRUD, and whether the measurements bear them out.

use crate::error::PeersError;
use crate::plan::with_commas;
use crate::reading::{Speed, Speeds, VIEWS};
use crate::scenario::contention::Refusals;
use crate::scenario::speed::Rates;
use crate::shapes::{CRUD, CRUD_NORMALISED, OWN};
use crate::table::Table;

/// A claimed change in percent: +500 means six times as much.
const PERFORMANCE: f64 = 500.0;
const THROUGHPUT: f64 = 1_000.0;
const CONTENTION: f64 = -80.0;
const SPEED: f64 = 300.0;

/// Fills the table `claims`.
pub(crate) fn table(rates: &Rates, refusals: Refusals, reading: &[Speeds]) -> Result<Table, PeersError> {
    let mut table = Table::new("claims")?;
    for speeds in reading {
        let size = with_commas(speeds.orders);
        for (row, claimed, value) in [
            ("query performance +500 %: list", PERFORMANCE, quickness as fn(&Speed) -> f64),
            ("query performance +500 %: one order", PERFORMANCE, |speed| 1.0 / speed.one),
            ("throughput +1,000 %: lists/s", THROUGHPUT, |speed| speed.lists_per_second),
            ("query speed +300 %: list", SPEED, quickness),
            ("query speed +300 %: one order", SPEED, |speed| 1.0 / speed.one),
        ] {
            let of = |name: &str| of_reader(speeds, name).map(|speed| value(&speed));
            let (own, normalised, one_item) = (of(VIEWS)?, of(CRUD_NORMALISED)?, of(CRUD)?);
            let cells = cells(claimed, percent(own, normalised), percent(own, one_item));
            table.set(&format!("{row}, {size} orders"), cells)?;
        }
    }
    let rate = |name: &str| {
        let found = rates.iter().find(|(known, _)| *known == name).map(|(_, rate)| *rate);
        found.ok_or_else(|| PeersError::Page(format!("{name} has no rate")))
    };
    let own = rate(OWN)?;
    let (normalised, one_item) = (percent(own, rate(CRUD_NORMALISED)?), percent(own, rate(CRUD)?));
    table.set("throughput +1,000 %: commands/s", cells(THROUGHPUT, normalised, one_item))?;
    // Both layouts of CRUD update the one item that the race is about, so one of them takes part in the race.
    let once = percent(refusals.own, refusals.crud);
    table.set("contention −80 %: refusals an accepted command", cells(CONTENTION, once, once))?;
    Ok(table)
}

fn quickness(speed: &Speed) -> f64 {
    1.0 / speed.list
}

fn of_reader(speeds: &Speeds, name: &str) -> Result<Speed, PeersError> {
    let found = speeds.readers.iter().find(|(known, _)| *known == name).map(|(_, speed)| *speed);
    found.ok_or_else(|| PeersError::Page(format!("{name} has no speed")))
}

/// The difference of `own` from `other` in percent of `other`.
fn percent(own: f64, other: f64) -> f64 {
    (own / other - 1.0) * 100.0
}

/// The measured differences, and whether each bears the claim out.
fn cells(claimed: f64, normalised: f64, one_item: f64) -> [String; 4] {
    let shown =
        |value: f64| if value < 0.0 { format!("−{:.0} %", -value) } else { format!("+{value:.0} %") };
    let holds = |value: f64| {
        let holds = if claimed < 0.0 { value <= claimed } else { value >= claimed };
        if holds { "yes" } else { "no" }.to_owned()
    };
    [shown(normalised), holds(normalised), shown(one_item), holds(one_item)]
}

#[cfg(test)]
mod tests {
    use super::{cells, percent};

    #[test]
    fn a_claim_holds_from_its_number_on() {
        assert_eq!(cells(500.0, 500.0, 499.0), ["+500 %", "yes", "+499 %", "no"]);
        assert_eq!(cells(-80.0, -80.0, -79.0), ["−80 %", "yes", "−79 %", "no"]);
        assert!((percent(6.0, 1.0) - 500.0).abs() < 1e-9);
    }
}
