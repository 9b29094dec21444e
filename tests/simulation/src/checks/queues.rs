//! Checks that a message leaves its queue only when the views have its commits. A commit that cannot be projected must
//! have a letter in the dead-letter queue instead.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use es_core::StreamId;
use event_stream::{FailedBatch, QueuedLetter};
use operators::redrive::FailureQueue;
use projection::ProjectionFacts;
use projections::registry;
use serde_json::{Value, json};
use view_store::{CheckpointItem, ItemKey};

use super::event_table::{EventTable, Violation, last};
use super::publishing;
use crate::aws::{DynamoRequest, serve};
use crate::world::{EVENTS, World, table_of};

/// Checks that the message `body` may leave `queue`: the live generation has its commits.
pub(crate) fn may_leave_its_queue(world: &World, queue: FailureQueue, body: &str) -> Result<(), Violation> {
    let (function, commits) = match queue {
        FailureQueue::StreamFailures => {
            let failed: FailedBatch = serde_json::from_str(body).unwrap();
            let function = failed.function_arn().rsplit(':').next().unwrap_or_default().to_owned();
            let records = world.stream.records(&failed.range());
            (function, records.iter().map(|record| commit(&record["kinesis"]["data"])).collect())
        }
        FailureQueue::DeadLetters => match QueuedLetter::from_json(body).unwrap() {
            QueuedLetter::Record(letter) => (letter.function.clone(), vec![commit(&json!(letter.data))]),
            QueuedLetter::HeldStream(held) => (held.function, vec![(held.stream, held.held_from.get())]),
        },
    };
    let live_table = table_of(world.switch_log.live());
    let facts: Vec<ProjectionFacts> = registry::all();
    let facts = facts.into_iter().find(|facts| facts.name == function);
    for (stream, version) in commits {
        let may_have_letter = queue == FailureQueue::StreamFailures && has_letter(world, &function, &stream);
        let is_other = facts.as_ref().is_some_and(|facts| *stream.category() != facts.category);
        if is_other || may_have_letter {
            continue;
        }
        let found = match &facts {
            Some(facts) => checkpoint(world, live_table, facts, &stream),
            None => publishing::checkpoint(world, &stream),
        };
        if found < version {
            return Err(format!("{function} has {stream} at version {found} instead of {version}"));
        }
    }
    Ok(())
}

/// Checks that every projection has refused the commits that `stream` got after a restore: the view in the live
/// generation is still at the version before the restore, and the commits are in the dead-letter queue.
pub(crate) fn refuses_commits(world: &World, stream: &StreamId) -> Result<(), Violation> {
    let before = version_in(world, EVENTS, stream);
    let all: Vec<ProjectionFacts> = registry::all();
    for facts in all.iter().filter(|facts| facts.category == *stream.category()) {
        let found = checkpoint(world, table_of(world.switch_log.live()), facts, stream);
        if found != before || !has_letter(world, facts.name, stream) {
            return Err(format!(
                "{} has {stream} of the restored table at version {found}, before {before}, without a letter",
                facts.name
            ));
        }
    }
    Ok(())
}

/// The version of `stream` in the event table `table`.
fn version_in(world: &World, table: &str, stream: &StreamId) -> u64 {
    let event_table = EventTable::from_database(&world.database, table).ok();
    event_table.map_or(0, |event_table| last(event_table.stream(stream)))
}

/// The stream and the last version of the commit in a record with this `data`.
fn commit(data: &Value) -> (StreamId, u64) {
    let change: Value =
        serde_json::from_slice(&BASE64_STANDARD.decode(data.as_str().unwrap()).unwrap()).unwrap();
    let image = &change["dynamodb"]["NewImage"];
    let number = |name: &str| image[name]["N"].as_str().unwrap().parse::<u64>().unwrap();
    (image["pk"]["S"].as_str().unwrap().parse().unwrap(), number("sk") + number("count") - 1)
}

/// Whether the dead-letter queue has a letter of `function` about `stream`.
fn has_letter(world: &World, function: &str, stream: &StreamId) -> bool {
    world.dead_letters.bodies().iter().any(|body| match QueuedLetter::from_json(body).unwrap() {
        QueuedLetter::Record(letter) => {
            letter.function == function && commit(&json!(letter.data)).0 == *stream
        }
        QueuedLetter::HeldStream(held) => held.function == function && held.stream == *stream,
    })
}

/// The version of the view of `stream` in `table`; 0 if there is none.
fn checkpoint(world: &World, table: &str, facts: &ProjectionFacts, stream: &StreamId) -> u64 {
    let ask = |operation: &str, body, item: &str| {
        let call = DynamoRequest { caller: "checks", operation: operation.to_owned(), body };
        let answer: Value = serde_json::from_str(&serve(&world.database, &call).body).unwrap();
        answer.pointer(item).cloned().unwrap_or_default()
    };
    let item = match (facts.checkpoint)(stream) {
        CheckpointItem::At(ItemKey { pk, sk }) => {
            let key = json!({ "pk": { "S": pk }, "sk": { "S": sk } });
            ask("GetItem", json!({ "TableName": table, "Key": key }), "/Item")
        }
        CheckpointItem::Newest { pk, prefix } => {
            let newest = json!({
                "TableName": table, "KeyConditionExpression": "pk = :pk AND begins_with(sk, :prefix)",
                "ExpressionAttributeValues": { ":pk": { "S": pk }, ":prefix": { "S": prefix } },
                "ScanIndexForward": false, "Limit": 1,
            });
            ask("Query", newest, "/Items/0")
        }
    };
    let digits = |text: &str| text.rsplit('#').next().unwrap().parse().unwrap();
    let version = item["version"]["N"].as_str().map(digits);
    version.or_else(|| item["sk"]["S"].as_str().map(digits)).unwrap_or(0)
}
