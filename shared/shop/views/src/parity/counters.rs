//! Counters by their sums.

use std::collections::{BTreeMap, BTreeSet};

use super::{Difference, DynamoParity, Generation, ItemKey};
use crate::ReadError;
use crate::analytics::{COUNTERS, Sum};

impl DynamoParity {
    /// The counters whose sums are not the same in both generations now, and how many were compared.
    ///
    /// # Costs
    /// 8 `Query` for all days of orders, and 8 for the products of each day, of either table.
    ///
    /// # Errors
    /// [`ReadError`], case by case.
    pub async fn counters(&self) -> Result<(u64, Vec<Difference>), ReadError> {
        let (built, other) = (self.analytics(Generation::Built), self.analytics(Generation::Other));
        let (built_days, other_days) = futures::try_join!(built.daily_sums(), other.daily_sums())?;
        let mut compared = 0;
        let mut differences = compare("daily", &built_days, &other_days, &mut compared);
        let days = built_days.keys().chain(other_days.keys()).filter_map(|sk| sk.split_once('#'));
        for day in days.map(|(day, _)| day).collect::<BTreeSet<_>>() {
            let (built, other) = futures::try_join!(built.product_sums(day), other.product_sums(day))?;
            differences.extend(compare(&format!("product#{day}"), &built, &other, &mut compared));
        }
        Ok((compared, differences))
    }
}

/// What differs in the counters of `family`.
fn compare(
    family: &str,
    built: &BTreeMap<String, Sum>,
    other: &BTreeMap<String, Sum>,
    compared: &mut u64,
) -> Vec<Difference> {
    let keys: BTreeSet<&String> = built.keys().chain(other.keys()).collect();
    *compared += keys.len() as u64;
    let difference = |sk: &String| {
        let key = ItemKey { pk: format!("{COUNTERS}{family}"), sk: sk.clone() };
        match (built.get(sk), other.get(sk)) {
            (Some(built), Some(other)) if built == other => None,
            (Some(_), Some(_)) => {
                Some(Difference::Attributes { key, attributes: BTreeSet::from(["sum".to_owned()]) })
            }
            (None, _) => Some(Difference::MissingInBuilt(key)),
            (_, None) => Some(Difference::MissingInOther(key)),
        }
    };
    keys.into_iter().filter_map(difference).collect()
}
