//! What holds of all projections together.

use std::collections::BTreeMap;

use es_core::StreamId;
use projection::ProjectionFacts;
use projections::registry;
use uuid::Uuid;

/// Two projections with one checkpoint would each take the other's changes for duplicates of its own. Two views of one
/// partition name would be one item.
#[test]
fn no_two_projections_keep_their_checkpoints_in_the_same_item() {
    let mut keepers = BTreeMap::new();
    for facts in registry::all::<ProjectionFacts>() {
        let stream = StreamId::new(facts.category, Uuid::from_u128(7));
        let Some(key) = (facts.checkpoint)(&stream) else { continue };
        let other = keepers.insert(key.clone(), facts.name);
        assert_eq!(
            other, None,
            "{} has the checkpoint {key:?} too: give its view another partition",
            facts.name
        );
    }
    assert!(keepers.len() > 1);
}
