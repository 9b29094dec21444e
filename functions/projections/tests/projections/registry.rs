//! Tests a rule over all projections.

use std::collections::BTreeMap;

use es_core::StreamId;
use projection::ProjectionFacts;
use projections::{OrderProjection, registry};
use uuid::Uuid;

/// If two projections shared a checkpoint, each would skip the commits that the other has applied. Two views with the
/// same partition name would overwrite the same item.
#[test]
fn every_projection_has_its_own_checkpoint_item() {
    let mut keepers = BTreeMap::new();
    for facts in registry::all::<ProjectionFacts>() {
        let stream = StreamId::new(facts.category, Uuid::from_u128(7));
        let key = (facts.checkpoint)(&stream);
        let other = keepers.insert(key.clone(), facts.name);
        assert_eq!(
            other, None,
            "{} uses the checkpoint {key:?} of another projection: give its view another partition",
            facts.name
        );
    }
    assert!(keepers.len() > 1);
}

#[test]
fn a_projection_runs_in_its_own_function_only() {
    let wrong = projections::run::<OrderProjection>("another").unwrap_err();
    assert!(wrong.to_string().contains("another"), "{wrong}");
}
