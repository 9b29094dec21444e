//! The four claims of the specification against CRUD, and whether the measurements bear them out.

use crate::error::PeersError;
use crate::plan::with_commas;
use crate::reading::{Speed, Speeds, VIEWS};
use crate::scenario::contention::Refusals;
use crate::scenario::speed::Rates;
use crate::shapes::{CRUD, CRUD_NORMALISED, OWN};
use crate::table::{Table, paired_ratio};

/// A claimed change in percent: +500 means six times as much.
const PERFORMANCE: f64 = 500.0;
const THROUGHPUT: f64 = 1_000.0;
const CONTENTION: f64 = -80.0;
const SPEED: f64 = 300.0;

/// Fills the table `claims`. A difference is the median of the ratios within the rounds.
pub(crate) fn table(rates: &Rates, refusals: &Refusals, reading: &[Speeds]) -> Result<Table, PeersError> {
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
            let values = |name: &str| rounds_of(&speeds.readers, name).map(|rounds| rounds.iter().map(value));
            let own: Vec<f64> = values(VIEWS)?.collect();
            let normalised = percent(&own, &values(CRUD_NORMALISED)?.collect::<Vec<_>>());
            let one_item = percent(&own, &values(CRUD)?.collect::<Vec<_>>());
            let cells = cells(claimed, normalised, one_item);
            table.set(&format!("{row}, {size} orders"), cells)?;
        }
    }
    let own = rounds_of(rates, OWN)?;
    let normalised = percent(own, rounds_of(rates, CRUD_NORMALISED)?);
    let one_item = percent(own, rounds_of(rates, CRUD)?);
    table.set("throughput +1,000 %: commands/s", cells(THROUGHPUT, normalised, one_item))?;
    // Both layouts of CRUD update the one item that the race is about, so one of them takes part in the race.
    let once = percent(&refusals.own, &refusals.crud);
    table.set("contention −80 %: refusals an accepted command", cells(CONTENTION, once, once))?;
    Ok(table)
}

fn quickness(speed: &Speed) -> f64 {
    1.0 / speed.list
}

/// What each round measured of `name`.
fn rounds_of<'a, T>(measured: &'a [(&'static str, Vec<T>)], name: &str) -> Result<&'a [T], PeersError> {
    let found = measured.iter().find(|(known, _)| *known == name);
    let found = found.ok_or_else(|| PeersError::Page(format!("{name} was not measured")));
    found.map(|(_, rounds)| rounds.as_slice())
}

/// The difference of `own` from `other` in percent of `other`.
fn percent(own: &[f64], other: &[f64]) -> f64 {
    (paired_ratio(own, other) - 1.0) * 100.0
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
        assert!((percent(&[6.0], &[1.0]) - 500.0).abs() < 1e-9);
    }
}
