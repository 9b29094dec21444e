//! Failures of the bus: nothing is skipped, the order of a stream stays, and other streams go on.

use crate::world::{Fault, World, account, commits, refused, throttled, unavailable};

#[tokio::test]
async fn a_failed_entry_and_all_later_ones_of_its_stream_are_sent_again() {
    let (one, two) = (commits(&account(1), &[1, 1, 1]), commits(&account(2), &[1]));
    let all = [one, two].concat();
    let world = World::with(&all).await;
    // The bus accepts the third event although it refuses the second one.
    world.bus.script([Fault::Entries(vec![(1, throttled())])]);
    let counters = world.publish(&all).await;
    assert_eq!(counters.applied, 4);
    let published = world.bus.versions();
    assert_eq!(published[&account(1)], [1, 3, 2, 3]);
    assert_eq!(published[&account(2)], [1]);
    assert_eq!(world.bus.requests(), [4, 2]);
    assert_eq!(world.reached(&account(1)).await, 3);
}

#[tokio::test]
async fn a_stream_that_stays_throttled_is_delivered_again_from_its_last_published_commit() {
    let (one, two) = (commits(&account(1), &[1, 2]), commits(&account(2), &[1]));
    let all = [one, two].concat();
    let world = World::with(&all).await;
    // Versions 1 and 2 are accepted; version 3 is throttled in every round.
    world.bus.script([
        Fault::Entries(vec![(2, throttled())]),
        Fault::Entries(vec![(0, throttled())]),
        Fault::Entries(vec![(0, unavailable())]),
        Fault::Entries(vec![(0, throttled())]),
    ]);
    let (restart, counters) = world.deliver(&all).await;
    assert_eq!((restart, counters.failed), (Some(0), 1));
    assert_eq!((world.reached(&account(1)).await, world.reached(&account(2)).await), (1, 1));
    world.bus.take();

    world.publish(&all).await;
    assert_eq!(world.bus.events(), [(account(1), 2), (account(1), 3)]);
    assert_eq!(world.reached(&account(1)).await, 3);
    assert_eq!(world.letters(), [] as [serde_json::Value; 0]);
}

#[tokio::test]
async fn a_failed_request_is_not_followed_by_others_and_moves_no_checkpoint() {
    let all: Vec<_> = (1..=20).flat_map(|number| commits(&account(number), &[1])).collect();
    let world = World::with(&all).await;
    world.bus.script([Fault::Request(unavailable())]);
    let (restart, counters) = world.deliver(&all).await;
    assert_eq!((restart, counters.failed), (Some(0), 20));
    assert_eq!(world.bus.requests(), [10]);
    assert_eq!(world.checkpoint(&account(1)).await, None);
    world.publish(&all).await;
    assert_eq!(world.bus.events().len(), 20);
}

#[tokio::test]
async fn a_failed_request_does_not_fail_the_streams_of_an_accepted_one() {
    let all: Vec<_> = (1..=12).flat_map(|number| commits(&account(number), &[1])).collect();
    let world = World::with(&all).await;
    world.bus.script([Fault::None, Fault::Request(unavailable())]);
    let (restart, counters) = world.deliver(&all).await;
    assert_eq!((restart, counters.applied, counters.failed), (Some(10), 10, 2));
    assert_eq!(world.bus.requests(), [10, 2]);
    assert_eq!((world.reached(&account(10)).await, world.reached(&account(11)).await), (1, 0));
}

#[tokio::test]
async fn a_lost_answer_publishes_events_twice_and_skips_none() {
    let all = commits(&account(1), &[1, 1]);
    let world = World::with(&all).await;
    world.bus.script([Fault::LostAnswer]);
    assert_eq!(world.deliver(&all).await.0, Some(0));
    world.publish(&all).await;
    assert_eq!(world.bus.versions()[&account(1)], [1, 2, 1, 2]);
}

#[tokio::test]
async fn an_event_that_the_bus_refuses_holds_its_stream_and_no_other() {
    let (one, two) = (commits(&account(1), &[1, 1, 1]), commits(&account(2), &[1]));
    let all = [one, two].concat();
    let world = World::with(&all).await;
    world.bus.script([Fault::Entries(vec![(1, refused())]), Fault::Entries(vec![(0, refused())])]);
    let counters = world.publish(&all).await;
    assert_eq!((counters.poison, counters.failed), (2, 0));
    let letters = world.letters();
    assert_eq!(letters.len(), 2);
    let error = letters[0]["error"].as_str().unwrap();
    assert!(error.contains("is held at version 2") && letters[0]["function"] == "publish-events", "{error}");
    assert_eq!((world.reached(&account(1)).await, world.reached(&account(2)).await), (1, 1));
    world.bus.take();

    // The cause is gone, and one of the letters is sent back.
    world.publish([&all[2]]).await;
    assert_eq!(world.bus.events(), [(account(1), 2), (account(1), 3)]);
}

#[tokio::test]
async fn an_event_that_the_bus_refuses_after_many_others_is_named() {
    let all = commits(&account(1), &[30; 5]);
    let world = World::with(&all).await;
    let refuses = || Fault::Entries(vec![(0, refused())]);
    world.bus.script([vec![Fault::None; 9], vec![refuses(), refuses()]].concat());
    let counters = world.publish(&all).await;
    assert_eq!((counters.poison, world.reached(&account(1)).await), (2, 90));
    let error = world.letters()[0]["error"].as_str().unwrap().to_owned();
    assert!(error.contains("is held at version 91"), "{error}");
}

#[tokio::test]
async fn a_bus_that_fails_or_throttles_gets_no_further_group() {
    let streams: Vec<_> = (1..=3).map(account).collect();
    let all: Vec<_> = streams.iter().flat_map(|stream| commits(stream, &[100])).collect();
    for (faults, requests) in [
        (vec![Fault::Request(unavailable())], 1),
        // Each of four rounds sends the ten entries of the first request, and the other nine requests only once.
        (vec![Fault::Entries((0..10).map(|place| (place, throttled())).collect()); 4], 4),
    ] {
        let world = World::with(&all).await;
        world.bus.script(faults);
        assert_eq!(world.deliver(&all).await.0, Some(0));
        assert_eq!(world.bus.requests().len(), requests);
    }
}
