//! Checks what operators have published again: the commits that the event table had at the beginning of a replay, marked,
//! and in the order of each stream. A replay changes no table.

use es_core::{Commit, StreamId, StreamVersion};
use operators::republish::RepublishRequest;
use serde_json::json;

use super::event_table::{EventTable, Violation};
use crate::aws::DynamoRequest;
use crate::world::{OPERATIONS, REPUBLISH, Replay, World};

/// Checks that the republish function writes nothing but its lease.
pub(super) fn changes_no_table(call: &DynamoRequest) -> Result<(), Violation> {
    if call.caller == REPUBLISH && call.body["TableName"] != OPERATIONS {
        return Err(format!("a replay changes a table: {:?}", call.body));
    }
    Ok(())
}

/// Checks every finished replay. Streams with a damaged item are not checked, because a replay leaves the item out.
pub(super) fn is_complete(world: &World, event_table: &EventTable) -> Result<(), Violation> {
    for replay in world.replay_log.replays() {
        let streams =
            event_table.streams().filter(|(stream, _)| !world.corruption.has_touched(&stream.to_string()));
        for (stream, commits) in streams {
            has_stream(world, &replay, stream, commits)?;
        }
    }
    Ok(())
}

/// Checks that a consumer that takes the events of `stream` in sequence reaches the end of the `replay`.
fn has_stream(
    world: &World,
    replay: &Replay,
    stream: &StreamId,
    commits: &[Commit],
) -> Result<(), Violation> {
    let is_earlier = |commit: &&Commit| {
        let position = world.commit_log.position(stream, commit.last().get());
        position.is_some_and(|position| position < replay.commits)
    };
    let earlier = commits.iter().filter(is_earlier);
    let versions = earlier.flat_map(|commit| {
        let versions = commit.first.get()..=commit.last().get();
        versions.filter(|version| is_requested(&replay.request, commit, *version))
    });
    let expected: Vec<u64> = versions.collect();
    if expected.is_empty() {
        return Ok(());
    }
    let rule = json!(replay.request)["rule"].as_str().map(ToOwned::to_owned);
    let published = world.bus.replayed(&replay.published);
    let published = published.iter().filter(|event| event.stream == *stream && event.replayed_to == rule);
    let versions: Vec<u64> = published.map(|event| event.version.get()).collect();
    let reached = versions
        .iter()
        .fold(0, |reached, version| reached + usize::from(expected.get(reached) == Some(version)));
    if reached == expected.len() {
        Ok(())
    } else {
        Err(format!("{replay:?} has the versions {versions:?} of {stream} instead of {expected:?}"))
    }
}

/// Whether `request` asks for the event at `version` in `commit`.
fn is_requested(request: &RepublishRequest, commit: &Commit, version: u64) -> bool {
    match request {
        RepublishRequest::Stream { stream, from, to, .. } => {
            let to = to.map_or(u64::MAX, StreamVersion::get);
            commit.stream == *stream && (from.get()..=to).contains(&version)
        }
        RepublishRequest::Time { since, until, .. } => {
            (*since..*until).contains(&commit.metadata.occurred_at)
        }
        RepublishRequest::All { .. } => true,
    }
}
