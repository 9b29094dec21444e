//! Tests the projection of the view `wing-span`.

use projections::WingSpanProjection;

use crate::world::{commits, counters, samples};

type World = crate::world::World<WingSpanProjection>;

#[tokio::test]
async fn every_sample_is_written_to_the_view_once() {
    for (name, batch) in samples::<WingSpanProjection>() {
        let world = World::new().await;
        let records = batch.records.len().try_into().unwrap();
        let applied = counters(records, 1, records);
        assert_eq!(world.project(&batch).await, applied, "{name}");
        assert_eq!(world.requests(), ["UpdateItem"], "{name}");
        let commits = commits(&batch);
        let (first, last) = (commits.first().unwrap(), commits.last().unwrap());
        let view = world.projector.views.get(&first.stream).await.unwrap().unwrap();
        assert_eq!(view.paper_crane_id, first.stream.uuid(), "{name}");
        assert_eq!(view.version.get(), last.first.get() + last.events.len() as u64 - 1, "{name}");
        assert_eq!((view.owner.as_str(), view.created_at), ("user-0042", first.metadata.occurred_at), "{name}");
        assert_eq!(view.updated_at, last.metadata.occurred_at, "{name}");
    }
}
