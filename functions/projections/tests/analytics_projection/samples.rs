//! Every sample payload is parsed and projected.

use std::collections::BTreeMap;

use projection::Counters;
use testing::kinesis::{restart, samples};

use crate::world::World;

const DAYS: (&str, &str) = ("2026-10-20", "2026-10-31");

/// What a sample ends in: the counters, the orders of the day, and the products.
type End = (Counters, &'static [&'static str], &'static [&'static str]);

fn ends() -> BTreeMap<&'static str, End> {
    let counters = |records, streams, applied| Counters { records, streams, applied, ..Counters::default() };
    let pending = &["2026-10-26 pending EUR 1 10130"][..];
    let shipped = &["2026-10-26 shipped EUR 1 10130"][..];
    let cancelled = &["2026-10-26 cancelled EUR 1 10130", "2026-10-26 shipped EUR 1 10130"][..];
    let products = &["kettle-gooseneck 1 5900", "coffee-beans-1kg 2 3780", "paper-filter-100 1 450"][..];
    BTreeMap::from([
        ("opened", (counters(1, 1, 1), pending, products)),
        ("full-life", (counters(3, 1, 3), shipped, products)),
        ("duplicate-opening", (Counters { duplicates: 1, ..counters(2, 1, 1) }, pending, products)),
        ("cancelled-and-reordered", (Counters { duplicates: 2, ..counters(7, 2, 5) }, cancelled, products)),
        ("poison", (Counters { poison: 1, ..counters(2, 1, 1) }, pending, products)),
    ])
}

#[tokio::test]
async fn every_sample_ends_as_it_should() {
    let mut ends = ends();
    for (name, batch) in samples("analytics-projection") {
        let (counters, daily, products) =
            ends.remove(name.as_str()).unwrap_or_else(|| panic!("{name} has no expectation"));
        let world = World::with(&[]).await;
        let (response, found) = world.try_project(&batch).await;
        assert_eq!((restart(&response), found), (None, counters), "{name}");
        assert_eq!(
            (world.daily(DAYS).await, world.products(DAYS).await),
            (texts(daily), texts(products)),
            "{name}"
        );
    }
    assert!(ends.is_empty(), "no file for {:?}", ends.keys());
}

fn texts(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}
