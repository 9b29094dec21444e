//! Tests the tasks of the rebuild function on the switch of the generations.

use std::collections::BTreeMap;
use std::num::NonZeroU32;
use std::time::Duration;

use aws_sdk_dynamodb::types::AttributeValue;
use operators::LeasedAnswer;
use operators::rebuild::{BuildReport, BuildState, CompareState, Compared, RebuildReport, RebuildRequest};
use serde_json::json;
use shop_testing::{self as shop, append_all, confirmed, created, order};
use testing::dynamodb::Fault;
use testing::kinesis::samples;
use tokio::task::yield_now;
use tokio::time::Instant;
use view_store::{Generation, Stage};

use crate::stack::{SETTLE, Stack, switched};
use crate::world::in_two_minutes;

#[tokio::test]
async fn every_sample_is_executed() {
    let samples: BTreeMap<String, RebuildRequest> = samples("rebuild").into_iter().collect();
    let stack = Stack::new(Duration::ZERO).await;
    let ask = async |name: &str| {
        let request = samples[name].clone();
        stack
            .operator
            .answer(request, in_two_minutes())
            .await
            .unwrap_or_else(|error| panic!("{name}: {error}"))
    };
    let story = [
        ("begin", Generation::Blue, Some(Stage::Building)),
        ("build", Generation::Blue, Some(Stage::Complete)),
        ("progress", Generation::Blue, Some(Stage::Complete)),
        ("compare", Generation::Blue, Some(Stage::Complete)),
        ("compare-from", Generation::Blue, Some(Stage::Complete)),
        ("cut-over", Generation::Green, Some(Stage::Switched)),
        ("roll-back", Generation::Blue, Some(Stage::Switched)),
        ("restart", Generation::Blue, Some(Stage::Complete)),
        ("end", Generation::Blue, None),
        ("begin-empty", Generation::Blue, Some(Stage::Emptying)),
        ("build", Generation::Blue, Some(Stage::Complete)),
        ("compare", Generation::Blue, Some(Stage::Complete)),
        ("cut-over-with-differences", Generation::Green, Some(Stage::Switched)),
        ("roll-back-with-differences", Generation::Blue, Some(Stage::Switched)),
    ];
    for (name, live, stage) in story {
        let report = ask(name).await;
        assert_eq!(stack.state().await, (live, stage), "{name}: {report:?}");
    }
    for name in samples.keys() {
        assert!(story.iter().any(|(told, ..)| told == name), "{name} is not executed");
    }
}

#[tokio::test]
async fn a_schedule_without_work_reads_only_the_switch() {
    let stack = Stack::new(SETTLE).await;
    stack.world.db.recorder().clear();
    let idle = LeasedAnswer::Done(RebuildReport::Build(BuildReport::default()));
    assert_eq!(stack.invoke(json!({"task": "build"})).await, idle);
    assert_eq!(stack.world.db.recorder().requests(), ["GetItem"], "it takes no lease");
}

#[tokio::test(start_paused = true)]
async fn an_operator_ends_a_rebuild_that_works_and_then_nobody_has_the_lease() {
    let mut stack = Stack::new(Duration::ZERO).await;
    stack.operator.settings.commits_per_second = NonZeroU32::MIN;
    stack.ask(json!({"task": "begin"})).await;
    stack.world.db.recorder().clear();
    let end = async {
        while stack.world.db.recorder().count("Scan") == 0 {
            yield_now().await;
        }
        let restart = stack.invoke(json!({"task": "build", "restart": true})).await;
        assert!(matches!(restart, LeasedAnswer::Refused(_)), "{restart:?}");
        match stack.invoke(json!({"task": "end"})).await {
            LeasedAnswer::Done(report) => assert_eq!(switched(&report), (Generation::Blue, None)),
            LeasedAnswer::Refused(refusal) => panic!("{refusal:?}"),
        }
    };
    let (built, ()) = tokio::join!(stack.invoke(json!({"task": "build"})), end);
    assert_eq!(built, LeasedAnswer::Done(RebuildReport::Build(BuildReport::default())));
    let generations = stack.operator.switch.load().await.unwrap();
    let scanned = stack.operator.job(&generations).report().await.unwrap().progress.counts.commits;
    assert!(scanned < shop::commits().len() as u64, "the rebuild was at its end: {scanned}");
    let begun = stack.invoke(json!({"task": "begin"})).await;
    assert!(matches!(begun, LeasedAnswer::Done(_)), "{begun:?}");
}

#[tokio::test(start_paused = true)]
async fn a_rebuild_goes_on_while_the_switch_is_unchanged() {
    let mut stack = Stack::new(Duration::ZERO).await;
    stack.operator.settings.commits_per_second = NonZeroU32::MIN;
    let more: Vec<_> = (100..130).map(|number| shop::commit(&order(number), 1, vec![created()])).collect();
    append_all(&stack.world.events, &more).await;
    stack.ask(json!({"task": "begin"})).await;
    let start = Instant::now();
    assert_eq!(stack.build().await.state, BuildState::Done);
    assert!(start.elapsed() > Duration::from_secs(15), "the work was too short to look at the switch");
}

#[tokio::test]
async fn the_progress_says_done_when_a_comparison_is_possible() {
    let stack = Stack::new(Duration::ZERO).await;
    stack.ask(json!({"task": "begin"})).await;
    let building = stack.operator.switch.load().await.unwrap();
    assert_eq!(stack.operator.job(&building).run(in_two_minutes()).await.unwrap().state, BuildState::Done);
    let progress = async || match stack.ask(json!({"task": "progress"})).await {
        RebuildReport::Build(report) => report.state,
        report => panic!("{report:?}"),
    };
    assert_eq!(progress().await, BuildState::Running, "the stage is still building");
    stack.build().await;
    assert_eq!(progress().await, BuildState::Done);
    assert_eq!(stack.compare().await, CompareState::Equal);
}

#[tokio::test(start_paused = true)]
async fn a_slow_emptying_stops_at_the_deadline() {
    let mut stack = Stack::new(Duration::ZERO).await;
    stack.operator.settings.commits_per_second = NonZeroU32::MIN;
    for number in 0..201 {
        let (pk, one) = (format!("order#{number}"), AttributeValue::N("1".to_owned()));
        let key = (pk.as_str(), AttributeValue::S("view".to_owned()));
        stack.world.db.set(&stack.green, key, "version", one).await;
    }
    stack.ask(json!({"task": "begin", "empty": true})).await;
    let deadline = Instant::now() + Duration::from_secs(5);
    let answer = stack.operator.answer(RebuildRequest::Build { restart: false }, deadline).await.unwrap();
    assert!(Instant::now() < deadline + Duration::from_secs(1), "it sleeps past the deadline");
    assert!(matches!(&answer, RebuildReport::Build(report) if report.state == BuildState::Emptying));
}

#[tokio::test]
async fn a_rebuild_begins_when_every_projection_knows_of_it() {
    let stack = Stack::new(SETTLE).await;
    stack.ask(json!({"task": "begin"})).await;
    stack.wait(SETTLE.saturating_sub(Duration::from_secs(1)));
    assert_eq!(stack.build().await.state, BuildState::Waiting);
    stack.wait(Duration::from_secs(1));
    assert_eq!(stack.build().await.state, BuildState::Done);
}

#[tokio::test]
async fn a_generation_is_emptied_when_no_projection_writes_it_and_then_built() {
    let stack = Stack::new(SETTLE).await.world_with_old_green().await;
    stack.ask(json!({"task": "begin", "empty": true})).await;
    assert_eq!(stack.build().await.state, BuildState::Waiting);
    assert_eq!(stack.operator.switch.load().await.unwrap().other_written(), None);
    stack.wait(SETTLE);
    assert_eq!(stack.build().await.state, BuildState::Waiting, "emptied, and every projection must learn it");
    assert_eq!(stack.state().await, (Generation::Blue, Some(Stage::Building)));
    stack.wait(SETTLE);
    let report = stack.build().await;
    assert_eq!(
        (report.state, report.progress.counts.commits),
        (BuildState::Done, shop::commits().len() as u64)
    );
    assert_eq!(stack.compare().await, CompareState::Equal, "the old item is gone");
}

#[tokio::test]
async fn a_cut_over_needs_a_finished_rebuild_and_an_equal_comparison() {
    let stack = Stack::new(Duration::ZERO).await;
    let cut_over = || json!({"task": "cut_over"});
    assert!(stack.refusal(cut_over()).await.contains("begin one"));
    stack.ask(json!({"task": "begin"})).await;
    assert!(stack.refusal(cut_over()).await.contains("green is not built"));
    assert!(stack.refusal(json!({"task": "compare"})).await.contains("green is not built"));
    stack.build().await;
    assert!(stack.refusal(cut_over()).await.contains("were not compared"));
    let later = [shop::commit(&order(3), 2, vec![confirmed()])];
    append_all(&stack.world.events, &later).await;
    stack.world.deliver(&stack.world.live, &later).await;
    assert_eq!(stack.compare().await, CompareState::Different);
    assert!(stack.refusal(cut_over()).await.contains("found differences"));
    assert_eq!(stack.state().await, (Generation::Blue, Some(Stage::Complete)));
    let accepting = json!({"task": "cut_over", "accept_differences": true});
    assert_eq!(switched(&stack.ask(accepting).await), (Generation::Green, Some(Stage::Switched)));
}

#[tokio::test]
async fn a_stream_that_was_missed_since_the_comparison_refuses_the_cut_over() {
    let stack = Stack::new(Duration::ZERO).await.with_equal_generation().await;
    stack.operator.switch.store.add_missed(Generation::Green, 1).await.unwrap();
    for request in [json!({"task": "cut_over"}), json!({"task": "cut_over", "accept_differences": true})] {
        assert!(stack.refusal(request).await.contains("missed streams since the comparison"));
    }
    assert_eq!(stack.compare().await, CompareState::Equal);
    stack.ask(json!({"task": "cut_over"})).await;
    stack.operator.switch.store.add_missed(Generation::Blue, 1).await.unwrap();
    assert!(stack.refusal(json!({"task": "roll_back"})).await.contains("missed streams"));
    assert_eq!(stack.state().await, (Generation::Green, Some(Stage::Switched)));
}

/// A stack in which a change takes longer to settle than an invocation may last, with two equal generations.
async fn slowly_settling() -> Stack {
    let stack = Stack::new(SETTLE).await;
    stack.ask(json!({"task": "begin"})).await;
    stack.wait(SETTLE);
    stack.build().await;
    assert_eq!(stack.compare().await, CompareState::Equal);
    stack
}

/// Makes the batches strict, as a cut-over does that dies, and waits until every projection knows that.
async fn settle_strictness(stack: &Stack) {
    let before = stack.operator.switch.load().await.unwrap();
    stack.operator.switch.move_on(before, Stage::Strict).await.unwrap();
    stack.wait(SETTLE);
}

#[tokio::test]
async fn a_stream_that_is_missed_while_projections_learn_of_the_cut_over_refuses_it() {
    let stack = slowly_settling().await;
    settle_strictness(&stack).await;
    stack.operator.switch.store.add_missed(Generation::Green, 1).await.unwrap();
    let refused = stack.refusal(json!({"task": "cut_over"})).await;
    assert!(refused.contains("missed streams"), "{refused}");
    assert_eq!(
        stack.state().await,
        (Generation::Blue, Some(Stage::Complete)),
        "batches must not stay strict"
    );
}

#[tokio::test]
async fn a_cut_over_overwrites_no_newer_comparison_and_heeds_it() {
    // The cut-over reads the switch twice and then changes it.
    for earlier_requests in [1, 2] {
        let stack = slowly_settling().await;
        settle_strictness(&stack).await;
        let faults = stack.world.db.faults();
        let cut_over = async {
            let delayed = Fault::Delayed(Duration::from_millis(300));
            faults.script(std::iter::repeat_n(Fault::None, earlier_requests).chain([delayed]));
            stack.refusal(json!({"task": "cut_over"})).await
        };
        let compare = async {
            while !faults.are_over() {
                yield_now().await;
            }
            let began = Compared { generation: Generation::Green, run: 1, ..Compared::default() };
            stack.operator.switch.record(&began, false).await.unwrap();
        };
        let (refused, ()) = tokio::join!(cut_over, compare);
        assert!(refused.contains("found differences"), "{refused}");
        assert_eq!(stack.state().await, (Generation::Blue, Some(Stage::Complete)));
        let repeated = stack.refusal(json!({"task": "cut_over"})).await;
        assert!(repeated.contains("found differences"), "{repeated}");
    }
}

#[tokio::test]
async fn a_cut_over_waits_until_every_projection_is_strict() {
    let stack = slowly_settling().await;
    let refused = stack.refusal(json!({"task": "cut_over"})).await;
    assert!(refused.contains("before every function knows"), "{refused}");
    assert_eq!(stack.state().await, (Generation::Blue, Some(Stage::Complete)));
    settle_strictness(&stack).await;
    assert_eq!(switched(&stack.ask(json!({"task": "cut_over"})).await).0, Generation::Green);
}

#[tokio::test]
async fn a_roll_back_right_after_a_cut_over_does_not_wait() {
    let stack = slowly_settling().await;
    settle_strictness(&stack).await;
    stack.ask(json!({"task": "cut_over"})).await;
    assert_eq!(switched(&stack.ask(json!({"task": "roll_back"})).await).0, Generation::Blue);
    assert_eq!(
        stack.build().await.generations.stage,
        Some(Stage::Switched),
        "queries may know the old state"
    );
    // The roll-back was some microseconds after the cut-over, because no two states have the same time.
    stack.wait(SETTLE + Duration::from_secs(1));
    assert_eq!(stack.build().await.generations.stage, Some(Stage::Complete));
}

#[tokio::test]
async fn the_use_of_a_generation_ends_when_no_query_reads_it() {
    let stack = slowly_settling().await;
    settle_strictness(&stack).await;
    stack.ask(json!({"task": "cut_over"})).await;
    for request in [json!({"task": "end"}), json!({"task": "build", "restart": true})] {
        assert!(stack.refusal(request).await.contains("before every function knows"));
    }
    stack.wait(SETTLE);
    for _ in 0..2 {
        assert_eq!(switched(&stack.ask(json!({"task": "end"})).await), (Generation::Green, None));
    }
    assert!(stack.refusal(json!({"task": "roll_back"})).await.contains("begin one"));
}

#[tokio::test]
async fn repeated_tasks_change_nothing() {
    let stack = Stack::new(Duration::ZERO).await;
    for empty in [false, true] {
        let begin = || json!({"task": "begin", "empty": empty});
        let differently = || json!({"task": "begin", "empty": !empty});
        let first = stack.ask(begin()).await;
        assert_eq!(stack.ask(begin()).await, first);
        assert!(stack.refusal(differently()).await.contains("in use already"));
        stack.build().await;
        let again = switched(&stack.ask(begin()).await);
        assert_eq!(again, (Generation::Blue, Some(Stage::Complete)), "the schedule moved on");
        assert!(stack.refusal(differently()).await.contains("in use already"));
        stack.compare().await;
        for (task, live) in [("cut_over", Generation::Green), ("roll_back", Generation::Blue)] {
            for _ in 0..2 {
                assert_eq!(switched(&stack.ask(json!({"task": task})).await).0, live, "{task}");
            }
        }
        stack.ask(json!({"task": "end"})).await;
    }
}

#[tokio::test]
async fn a_cut_over_that_dies_at_any_request_is_continued_by_the_next_one() {
    let mut requests = 0;
    loop {
        let stack = Stack::new(Duration::ZERO).await.with_equal_generation().await;
        let faults = stack.world.db.faults();
        faults.script(std::iter::repeat_n(Fault::None, requests).chain([Fault::LostAnswer]));
        let over = async {
            while !faults.are_over() {
                yield_now().await;
            }
        };
        let is_done = tokio::select! {
            biased;
            () = over => false,
            done = stack.ask(json!({"task": "cut_over"})) => switched(&done).0 == Generation::Green,
        };
        faults.clear();
        if is_done {
            break;
        }
        assert_eq!(
            switched(&stack.ask(json!({"task": "cut_over"})).await).0,
            Generation::Green,
            "{requests}"
        );
        requests += 1;
    }
    assert!(requests > 2, "only {requests} requests");
}

#[tokio::test]
async fn the_schedule_ends_a_cut_over_that_died() {
    let stack = Stack::new(Duration::ZERO).await.with_equal_generation().await;
    let before = stack.operator.switch.load().await.unwrap();
    stack.operator.switch.move_on(before, Stage::Strict).await.unwrap();
    assert_eq!(stack.build().await.generations.stage, Some(Stage::Complete));
    stack.ask(json!({"task": "cut_over"})).await;
    assert_eq!(stack.state().await.0, Generation::Green);
}

#[tokio::test]
async fn an_invocation_that_outlives_its_time_deletes_nothing_of_a_generation_in_use() {
    let stack = Stack::new(Duration::ZERO).await.world_with_old_green().await;
    stack.ask(json!({"task": "begin", "empty": true})).await;
    let delayed = async {
        stack.world.db.faults().script([Fault::None, Fault::Delayed(Duration::from_millis(300))]);
        stack.refusal(json!({"task": "build"})).await
    };
    let other = async {
        while !stack.world.db.faults().are_over() {
            yield_now().await;
        }
        let emptying = stack.operator.switch.load().await.unwrap();
        stack.operator.switch.move_on(emptying, Stage::Building).await.unwrap();
    };
    let (refused, ()) = tokio::join!(delayed, other);
    assert!(refused.contains("another invocation"), "{refused}");
    let old = stack.world.db.client().scan().table_name(&stack.green).send().await.unwrap();
    assert_eq!(old.count, 1, "the item is still there");
}

#[tokio::test]
async fn the_continuation_of_another_comparison_is_refused() {
    let stack = Stack::new(Duration::ZERO).await.with_equal_generation().await;
    let began = json!({"generation": "green", "run": 7, "missed": {"blue": 0, "green": 0}});
    let from = json!({"began": began, "at": {"generation": "built"}, "compared": 0, "different": 0});
    let refused = stack.refusal(json!({"task": "compare", "from": from})).await;
    assert!(refused.contains("another comparison"), "{refused}");
}
