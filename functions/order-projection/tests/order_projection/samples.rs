//! Every sample payload is parsed and projected.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use event_stream::Batch;
use order_projection::Counters;
use uuid::{Uuid, uuid};

use crate::world::World;

const ADA: Uuid = uuid!("6f1c1d5e-1b7a-4f0e-9f5e-3d2b1a0c9e8f");
const TWICE: Uuid = uuid!("0b6d3f0e-8f4e-4c1e-9a46-0d6b5b0f2a11");

/// What a sample ends in: the counters, and how its orders stand.
type End = (Counters, &'static [(Uuid, &'static str, u64)]);

fn ends() -> BTreeMap<&'static str, End> {
    let counters = |records, streams, applied| Counters { records, streams, applied, ..Counters::default() };
    BTreeMap::from([
        ("single-create.json", (counters(1, 1, 1), &[(ADA, "pending", 1)][..])),
        ("millisecond-timestamps.json", (counters(1, 1, 1), &[(ADA, "pending", 1)])),
        ("full-life.json", (counters(3, 1, 3), &[(ADA, "shipped", 3)])),
        (
            "duplicates-and-reordered.json",
            (
                Counters { duplicates: 2, ..counters(7, 2, 5) },
                &[(ADA, "shipped", 3), (TWICE, "cancelled", 2)],
            ),
        ),
        ("poison.json", (Counters { poison: 1, ..counters(2, 1, 1) }, &[(ADA, "pending", 1)])),
        ("unknown-type.json", (Counters { skipped: 1, ..counters(3, 1, 3) }, &[(ADA, "confirmed", 3)])),
        ("not-for-orders.json", (Counters { ignored: 2, ..counters(2, 0, 0) }, &[])),
    ])
}

#[tokio::test]
async fn every_sample_ends_as_it_should() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../events/order-projection");
    let mut ends = ends();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        let (counters, orders) = ends.remove(name).unwrap_or_else(|| panic!("{name} has no expectation"));
        let batch: Batch = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
        let world = World::new().await;
        assert_eq!(world.project(&batch).await, counters, "{name}");
        for (order, status, version) in orders {
            assert_eq!(world.stands(order.as_u128()).await, format!("{status} {version}"), "{name}");
        }
    }
    assert!(ends.is_empty(), "no file for {:?}", ends.keys());
}
