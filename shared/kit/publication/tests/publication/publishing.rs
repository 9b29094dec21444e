//! What is published: every event once, in the order of its stream, as it is stored.

use es_core::{Commit, Timestamp};
use event_bus::PublishedEvent;
use publication::BusEntry;
use serde_json::{Value, json};

use crate::world::{Fault, World, account, branch, commit, commits, deposited, envelope, noted};

#[tokio::test]
async fn events_of_all_streams_are_published_in_order_and_once() {
    let (one, two) = (commits(&account(1), &[1, 2]), commits(&branch(2), &[3]));
    let all = [one.clone(), two].concat();
    let world = World::with(&all).await;
    let counters = world.publish([&all[0], &all[2], &all[1]]).await;
    assert_eq!((counters.applied, counters.streams), (3, 2));
    let published = world.bus.versions();
    assert_eq!(published[&account(1)], [1, 2, 3]);
    assert_eq!(published[&branch(2)], [1, 2, 3]);
    assert_eq!((world.reached(&account(1)).await, world.reached(&branch(2)).await), (3, 3));

    let again = world.publish(&all).await;
    assert_eq!((again.applied, again.duplicates), (0, 3));
    assert_eq!(world.bus.events(), []);
    let later = commit(&account(1), 4, vec![deposited(4)]);
    world.publish([&one[1], &later]).await;
    assert_eq!(world.bus.events(), [(account(1), 4)]);
}

#[tokio::test]
async fn a_stream_that_is_far_behind_is_published_page_by_page() {
    let all = commits(&account(1), &[3; 120]);
    let world = World::with(&all).await;
    let counters = world.publish([&all[119]]).await;
    assert_eq!((counters.applied, world.reached(&account(1)).await), (120, 360));
    assert_eq!(world.bus.versions()[&account(1)], (1..=360).collect::<Vec<_>>());
}

/// Delivers `commits`, and ends the work like a deadline when the bus does not answer.
async fn interrupt(world: &World, commits: &[Commit]) {
    tokio::select! {
        _ = world.deliver(commits) => panic!("the bus has answered every request"),
        () = world.bus.unanswered() => {}
    }
    world.bus.clear();
}

#[tokio::test]
async fn the_events_of_a_stream_are_published_once_although_the_time_ends_between_them() {
    let all = commits(&account(1), &[30; 7]);
    let world = World::with(&all).await;
    world.bus.script([vec![Fault::None; 9], vec![Fault::NoAnswer]].concat());
    interrupt(&world, &all).await;
    assert_eq!(
        world.reached(&account(1)).await,
        90,
        "three commits are nine requests, and a fourth would be too many"
    );
    world.publish(&all).await;
    assert_eq!(world.bus.versions()[&account(1)], (1..=210).collect::<Vec<_>>());
    assert_eq!(world.reached(&account(1)).await, 210);
}

#[tokio::test]
async fn many_streams_keep_their_progress_when_the_time_ends() {
    let streams: Vec<_> = (1..=12).map(account).collect();
    let all: Vec<_> = streams.iter().flat_map(|stream| commits(stream, &[20])).collect();
    let world = World::with(&all).await;
    world.bus.script([vec![Fault::None; 10], vec![Fault::NoAnswer]].concat());
    interrupt(&world, &all).await;
    let mut reached = 0;
    for stream in &streams {
        reached += world.reached(stream).await;
    }
    assert_eq!(reached, 100);
    world.publish(&all).await;
    assert_eq!(world.bus.take().len(), 240);
}

#[tokio::test]
async fn a_commit_that_is_larger_than_a_group_is_published() {
    let all = commits(&account(1), &[1, 250, 1]);
    let world = World::with(&all).await;
    world.publish(&all).await;
    assert_eq!(world.bus.versions()[&account(1)], (1..=252).collect::<Vec<_>>());
    assert_eq!(world.reached(&account(1)).await, 252);
}

#[tokio::test]
async fn an_entry_has_the_stored_event_in_a_cloud_event() {
    let opened = commit(&account(1), 1, vec![deposited(500)]);
    let world = World::with(std::slice::from_ref(&opened)).await;
    world.publish([&opened]).await;
    let entries = world.bus.take();
    let [entry] = entries.as_slice() else { panic!("{entries:?}") };
    assert_eq!((entry.source.as_str(), entry.detail_type.as_str()), ("bank", "Deposited"));
    assert_eq!(entry.time, opened.metadata.occurred_at);
    let event: PublishedEvent = serde_json::from_str(&entry.detail).unwrap();
    assert_eq!(event.stored().unwrap(), deposited(500));
    assert_eq!((event.replayed, event.version.get()), (false, 1));
    assert_eq!(json!(event)["dataschema"], "urn:bank:event:Deposited:2");
}

#[tokio::test]
async fn a_lost_record_is_published_with_the_next_commit_of_its_stream() {
    let all = commits(&account(1), &[1, 1, 1]);
    let world = World::with(&all).await;
    let counters = world.publish([&all[2]]).await;
    assert_eq!((counters.applied, counters.gaps), (3, 1));
    assert_eq!(world.bus.versions()[&account(1)], [1, 2, 3]);
}

#[tokio::test]
async fn a_large_event_refers_to_its_data() {
    let limit = publication::MAX_BYTES;
    let all = [
        commit(&account(1), 1, vec![noted(limit - 600)]),
        commit(&account(1), 2, vec![noted(limit + 1)]),
        commit(&account(1), 3, vec![deposited(1)]),
    ];
    let world = World::with(&all).await;
    world.publish(&all).await;
    let details: Vec<Value> =
        world.bus.take().iter().map(|entry| serde_json::from_str(&entry.detail).unwrap()).collect();
    assert_eq!(details.len(), 3);
    assert!(details[0].get("data").is_some() && details[0].get("dataref").is_none());
    assert!(details[1].get("data").is_none());
    let reference = format!("/accounts/{}/events#2", account(1).uuid());
    assert_eq!(details[1]["dataref"], json!(reference));
    assert_eq!(details[1]["sequence"], "00000000000000000002");
    assert_eq!(world.reached(&account(1)).await, 3);
}

#[test]
fn the_bus_counts_the_bytes_of_an_entry_and_fourteen_for_its_time() {
    let [source, detail_type, detail] = ["bank", "Deposited", "{}"].map(str::to_owned);
    let entry = BusEntry { source, detail_type, time: Timestamp::MIN, detail };
    assert_eq!(entry.bytes(), 4 + 9 + 2 + 14);
}

#[test]
fn an_entry_of_256_kilobytes_refers_to_its_data() {
    let entry = |bytes| envelope().entries(&commit(&account(1), 1, vec![noted(bytes)]), None).remove(0);
    let largest = 256 * 1_024 - 1 - entry(0).bytes();
    assert_eq!(entry(largest).bytes(), 256 * 1_024 - 1);
    assert!(entry(largest + 1).detail.contains("\"dataref\""));
}

#[tokio::test]
async fn a_request_has_at_most_the_maximum_size() {
    let size = |commit: &Commit| envelope().entries(commit, None)[0].bytes();
    let first = commit(&account(1), 1, vec![noted(1_000)]);
    let second = |bytes| commit(&account(1), 2, vec![noted(bytes)]);
    let fitting = publication::MAX_BYTES - size(&first) - size(&second(0));
    for (bytes, requests) in [(fitting, vec![2]), (fitting + 1, vec![1, 1])] {
        let all = [first.clone(), second(bytes)];
        let world = World::with(&all).await;
        world.publish(&all).await;
        assert_eq!(world.bus.requests(), requests);
    }
}

#[tokio::test]
async fn a_request_has_at_most_ten_entries_of_any_streams() {
    let all: Vec<_> = (1..=6).flat_map(|number| commits(&account(number), &[4])).collect();
    let world = World::with(&all).await;
    world.publish(&all).await;
    assert_eq!(world.bus.requests(), [10, 10, 4]);
    assert_eq!(world.bus.events().len(), 24);
}

#[tokio::test]
async fn the_usual_batch_takes_one_read_and_one_write_for_each_stream() {
    let all: Vec<_> = (1..=3).flat_map(|number| commits(&account(number), &[1])).collect();
    let world = World::with(&all).await;
    world.db.recorder().clear();
    world.publish(&all).await;
    let mut requests = world.db.recorder().requests();
    requests.sort();
    assert_eq!(requests, ["BatchGetItem", "UpdateItem", "UpdateItem", "UpdateItem"]);
    assert_eq!(world.bus.requests(), [3]);
}
