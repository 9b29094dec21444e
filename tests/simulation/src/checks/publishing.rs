//! Checks what was published: every event of every stream, as it is stored, and the checkpoints of the publisher.
//!
//! A consumer that takes the events of a stream in sequence must never be behind the checkpoint of the stream, because a
//! publisher that dies then would never publish the rest.

use es_core::{Recorded, StreamId};
use event_bus::PublishedEvent;
use reactions::publish_events::VOCABULARY;
use serde_json::{Value, json};

use super::event_table::{EventTable, Violation, last};
use crate::aws::{DynamoRequest, serve};
use crate::world::{PUBLICATIONS, SOURCE, World};

/// Checks that the bus has the events before the checkpoint that `call` has just moved.
pub(super) fn checkpoint_is_published(world: &World, call: &DynamoRequest) -> Result<(), Violation> {
    if call.operation != "UpdateItem" || call.body["TableName"] != PUBLICATIONS {
        return Ok(());
    }
    let stream: StreamId = call.body["Key"]["pk"]["S"].as_str().unwrap().parse().unwrap();
    let (checkpoint, published) = (checkpoint(world, &stream), world.bus.position(&stream));
    if checkpoint <= published {
        Ok(())
    } else {
        Err(format!(
            "the checkpoint of {stream} is {checkpoint}, but the bus has its events up to {published}"
        ))
    }
}

/// Checks that every event of every stream is published as it is stored, and that the checkpoints say so.
pub(super) fn is_complete(world: &World, event_table: &EventTable) -> Result<(), Violation> {
    for (stream, commits) in event_table.streams() {
        let (checkpoint, published) = (checkpoint(world, stream), world.bus.position(stream));
        let version = last(commits);
        if (checkpoint, published) != (version, version) {
            return Err(format!(
                "{stream} is at version {version}, its checkpoint is {checkpoint}, and the bus has its events up to \
                 {published}"
            ));
        }
    }
    world.bus.events().iter().try_for_each(|event| is_as_stored(world, event_table, event))
}

/// Checks that `event` is the event in the event table. Its type and schema may be new.
fn is_as_stored(world: &World, event_table: &EventTable, event: &PublishedEvent) -> Result<(), Violation> {
    let commits = event_table.stream(&event.stream).iter();
    let stored = commits.filter(|commit| commit.first <= event.version && event.version <= commit.last());
    let expected = stored.map(|commit| {
        let place = usize::try_from(event.version.get() - commit.first.get()).unwrap();
        let (metadata, stored) = (commit.metadata.clone(), commit.events[place].clone());
        let recorded =
            Recorded { stream: event.stream.clone(), version: event.version, metadata, event: stored };
        PublishedEvent::from_recorded(&recorded, SOURCE, VOCABULARY.schemas)
    });
    let is_new = world.deployment.has_future(&event.stream.to_string());
    let is_same = |expected: &PublishedEvent| {
        let mut known = event.clone();
        (known.replayed, known.replayed_to) = (false, None);
        if is_new {
            known.event_type.clone_from(&expected.event_type);
            known.dataschema = expected.dataschema.clone();
        }
        *expected == known
    };
    let expected: Vec<_> = expected.collect();
    if expected.iter().any(is_same) {
        Ok(())
    } else {
        Err(format!("the bus has {event:?}, but the event table has {expected:?}"))
    }
}

/// The publisher's checkpoint of `stream`; 0 if there is none.
pub(super) fn checkpoint(world: &World, stream: &StreamId) -> u64 {
    let body = json!({ "TableName": PUBLICATIONS, "Key": { "pk": { "S": stream.to_string() }, "sk": { "S": "published" } } });
    let get = DynamoRequest { caller: "checks", operation: "GetItem".to_owned(), body };
    let found: Value = serde_json::from_str(&serve(&world.database, &get).body).unwrap();
    found["Item"]["version"]["N"].as_str().map_or(0, |version| version.parse().unwrap())
}
