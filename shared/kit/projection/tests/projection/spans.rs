//! The spans of a batch: their names, attributes, links and states.

use es_core::{Commit, Metadata};
use testing::{ExportedSpan, exported_spans, kinesis};

use crate::account::{Fault, World, account, commit, deposited, opened, single_event_commits, unknown};

/// The `traceparent` of the span `number` of a command.
fn traceparent(number: u64) -> String {
    format!("00-{:032x}-{number:016x}-01", u128::from(number))
}

/// `commit`, made by the command with the span `number`.
fn made_by(number: u64, commit: Commit) -> Commit {
    Commit { metadata: Metadata { traceparent: Some(traceparent(number)), ..commit.metadata }, ..commit }
}

fn names(spans: &[ExportedSpan]) -> Vec<&str> {
    spans.iter().map(|span| span.name.as_str()).collect()
}

#[tokio::test]
async fn the_spans_of_a_batch_and_of_its_writes_link_to_each_command_once() {
    let world = World::with(&[]).await;
    let commits = [
        made_by(8, commit(1, 1, vec![opened()])),
        made_by(7, commit(1, 2, vec![deposited(5)])),
        made_by(8, commit(1, 3, vec![deposited(7)])),
        commit(1, 4, vec![deposited(9)]),
    ];
    let (_, spans) = exported_spans(world.deliver(&commits)).await;
    assert_eq!(names(&spans), ["projection.deposited", "projection.handle_event"]);
    let [write, batch] = spans.try_into().unwrap();
    assert_eq!(write.parent, batch.id);
    for span in [&write, &batch] {
        assert_eq!(span.links, [traceparent(7), traceparent(8)], "{span:?}");
        assert!(!span.is_error, "{span:?}");
        let common = ["cqrs.side", "cqrs.operation", "cqrs.source", "cqrs.destination"];
        let expected = ["projection", "project", "event_stream", "balance-projection"];
        assert_eq!(span.attributes(common), expected, "{span:?}");
    }
    let of_write = ["cqrs.aggregate_id", "cqrs.aggregate_version", "cqrs.event_type"];
    let stream = account(1).to_string();
    assert_eq!(write.attributes(of_write), [stream.as_str(), "4", "Deposited"]);
    let of_batch =
        ["messaging.destination.name", "messaging.destination.partition.id", "messaging.batch.message_count"];
    assert_eq!(batch.attributes(of_batch), ["events", "shardId-000000000002", "4"]);
}

#[tokio::test]
async fn the_span_of_a_batch_is_an_error_if_records_are_delivered_again() {
    let world = World::with(&[]).await;
    world.wire.script([Fault::Throttled]);
    let batch = kinesis::commits(&single_event_commits(1, &[opened()]));
    let (_, spans) = exported_spans(world.try_project(&batch)).await;
    assert_eq!(names(&spans), ["projection.opened", "projection.handle_event"]);
    assert!(spans[1].is_error, "{spans:?}");
}

#[tokio::test]
async fn commits_that_cannot_be_read_have_no_span_of_a_write() {
    let world = World::with(&[]).await;
    let (counters, spans) = exported_spans(world.deliver(&single_event_commits(1, &[unknown()]))).await;
    assert_eq!((counters.poison, names(&spans)), (1, vec!["projection.handle_event"]));
}
