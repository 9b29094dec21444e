//! The function that publishes events.

use std::sync::Arc;

use aws_sdk_dynamodb::Client;
use event_store::DynamoEventStore;
use projection::Projector;
use publication::{BusWriter, Envelope, PublishEvents, Publisher, Vocabulary};
use reactions::publish_events::VOCABULARY;
use view_store::QueryTable;

use super::bus::SimulatedBus;
use crate::Mutation;
use crate::mutation::ports::{MutatedStore, MutatedViews};
use crate::world::{PUBLICATIONS, SOURCE, World};

/// The table with the publisher's checkpoints.
pub(crate) fn publications(world: &World, client: &Client) -> QueryTable {
    QueryTable { client: client.clone(), name: PUBLICATIONS.to_owned(), timeline: world.timeline() }
}

/// The publisher of a function whose requests `client` sends.
pub(super) fn publisher(world: &Arc<World>, client: &Client) -> Publisher<MutatedStore, SimulatedBus> {
    let (bus, table) = (SimulatedBus(Arc::clone(world)), publications(world, client));
    Publisher::new(events(world, client), bus, envelope(), table, Arc::clone(world) as _)
}

/// The same publisher as it processes batches, with the bugs that are planted at its writer.
pub(super) fn projector(
    world: &Arc<World>,
    client: &Client,
) -> Projector<PublishEvents, MutatedStore, MutatedViews<BusWriter<SimulatedBus>>> {
    let inner = BusWriter::new(SimulatedBus(Arc::clone(world)), envelope(), publications(world, client));
    let views = MutatedViews { world: Arc::clone(world), inner, over_gaps: Mutation::PublishedOverGap };
    Projector::new(world.timeline(), events(world, client), views, Arc::clone(world) as _)
}

/// The event table, as `client` reads it.
pub(super) fn events(world: &Arc<World>, client: &Client) -> MutatedStore {
    MutatedStore::new(world, DynamoEventStore::new(client.clone(), world.deployment.event_table()))
}

/// What all published events have in common.
pub(super) fn envelope() -> Envelope {
    let Vocabulary { schemas, reference } = VOCABULARY;
    Envelope { source: SOURCE.to_owned(), schemas, reference }
}
