//! Every sample payload is parsed and projected.

use std::collections::BTreeMap;

use projection::Counters;
use testing::kinesis::samples;
use uuid::{Uuid, uuid};

use crate::world::World;

const ADA: Uuid = uuid!("6f1c1d5e-1b7a-4f0e-9f5e-3d2b1a0c9e8f");
const TWICE: Uuid = uuid!("0b6d3f0e-8f4e-4c1e-9a46-0d6b5b0f2a11");

/// What a sample ends in: the counters, and how its orders stand.
type End = (Counters, &'static [(Uuid, &'static str, u64)]);

fn ends() -> BTreeMap<&'static str, End> {
    let counters = |records, streams, applied| Counters { records, streams, applied, ..Counters::default() };
    BTreeMap::from([
        ("single-create", (counters(1, 1, 1), &[(ADA, "pending", 1)][..])),
        ("millisecond-timestamps", (counters(1, 1, 1), &[(ADA, "pending", 1)])),
        ("full-life", (counters(3, 1, 3), &[(ADA, "shipped", 3)])),
        (
            "duplicates-and-reordered",
            (
                Counters { duplicates: 2, ..counters(7, 2, 5) },
                &[(ADA, "shipped", 3), (TWICE, "cancelled", 2)],
            ),
        ),
        ("poison", (Counters { poison: 1, ..counters(2, 1, 1) }, &[(ADA, "pending", 1)])),
        ("unknown-type", (Counters { skipped: 1, ..counters(3, 1, 3) }, &[(ADA, "confirmed", 3)])),
        ("not-for-orders", (Counters { ignored: 2, ..counters(2, 0, 0) }, &[])),
    ])
}

#[tokio::test]
async fn every_sample_ends_as_it_should() {
    let mut ends = ends();
    for (name, batch) in samples("order-projection") {
        let (counters, orders) =
            ends.remove(name.as_str()).unwrap_or_else(|| panic!("{name} has no expectation"));
        let world = World::new().await;
        assert_eq!(world.project(&batch).await, counters, "{name}");
        for (order, status, version) in orders {
            assert_eq!(world.stands(order.as_u128()).await, format!("{status} {version}"), "{name}");
        }
    }
    assert!(ends.is_empty(), "no file for {:?}", ends.keys());
}
