//! Whoever looked at an order saw it as it was at a version, and, who waited for a version, at that one or a later.

use domain::order::Order;
use es_core::{Decider, StreamId};

use super::expected;
use super::past::{Past, Violation};
use crate::clients::{Ledger, Seen};

pub(super) fn was_true(past: &Past, ledger: &Ledger) -> Result<(), Violation> {
    let all = ledger.seen();
    all.iter().try_for_each(|seen| one(past, seen).map_err(|why| format!("{why}: {seen:?}")))
}

fn one(past: &Past, seen: &Seen) -> Result<(), Violation> {
    let Seen { order, asked, status, is_early, view } = seen;
    match status {
        200 => {
            let version = view["version"].as_u64().unwrap();
            let commits = past.stream(&StreamId::new(Order::CATEGORY, order.parse().unwrap()));
            let expected = expected::order(order, commits, version);
            if *view != expected {
                return Err(format!("at version {version} the order is {expected}"));
            }
            if version < *asked && !is_early {
                return Err(format!("version {asked} was waited for"));
            }
            Ok(())
        }
        404 if *is_early && *asked > 0 => Ok(()),
        500.. => Ok(()),
        _ => Err("it was there".to_owned()),
    }
}
