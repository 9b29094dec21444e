//! Every sample payload is parsed and projected.

use std::collections::BTreeMap;

use projection::Counters;
use testing::kinesis::samples;
use uuid::{Uuid, uuid};

use crate::world::World;

const ADA: Uuid = uuid!("6f1c1d5e-1b7a-4f0e-9f5e-3d2b1a0c9e8f");
const OPENED_AT: &str = "2026-10-26T07:33:20.100000Z";

/// What a sample ends in: the counters, and what ADA's order is found by.
type End = (Counters, &'static [&'static str]);

fn ends() -> BTreeMap<&'static str, End> {
    let counters = |records, streams, applied| Counters { records, streams, applied, ..Counters::default() };
    let opened = &["100", "1kg", "ada", "bea", "cof", "esp", "fil", "for", "goo", "ket", "pap", "use"][..];
    let shipped = &[
        "003", "100", "1kg", "ada", "bea", "cof", "dhl", "esp", "fil", "for", "goo", "ket", "pap", "use",
    ][..];
    BTreeMap::from([
        ("opened", (counters(1, 1, 1), opened)),
        ("full-life", (counters(3, 1, 3), shipped)),
        ("duplicate-opening", (Counters { duplicates: 1, ..counters(2, 1, 1) }, opened)),
        ("poison", (Counters { poison: 1, ..counters(2, 1, 1) }, opened)),
    ])
}

#[tokio::test]
async fn every_sample_ends_as_it_should() {
    let mut ends = ends();
    for (name, batch) in samples("search-projection") {
        let (counters, prefixes) =
            ends.remove(name.as_str()).unwrap_or_else(|| panic!("{name} has no expectation"));
        let world = World::with(&[]).await;
        assert_eq!(world.project(&batch).await, counters, "{name}");
        assert_eq!(world.prefixes(ADA, OPENED_AT).await, prefixes, "{name}");
    }
    assert!(ends.is_empty(), "no file for {:?}", ends.keys());
}
