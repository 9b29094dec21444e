//! Tests the simulation: hundreds of runs have no violation, planted bugs are found, a seed always gives the same
//! run, and the line of a failure reproduces it.
#![cfg(test)]

use std::process::Command;

use simulation::{CutOverReport, Mutation, first_failure, run, runs};

/// The number of seeds that must have no violation. Each run takes about a second on one core in a build of the tests.
const SEEDS: u64 = 200;

/// Seeds that showed something rare when this list was written: a key that is used again with another `If-Match`, and a
/// request for a lease that arrives after the death of its invocation and the return of another one.
const RARE: [u64; 3] = [5_018, 6_216, 7_293];

#[test]
fn no_run_has_a_violation() {
    let rare = RARE.into_iter().flat_map(|seed| runs(seed..seed + 1, None));
    let failures: Vec<_> = runs(0..SEEDS, None).into_iter().chain(rare).map(|it| it.to_string()).collect();
    assert!(failures.is_empty(), "{} seeds failed:\n{}", failures.len(), failures.join("\n"));
}

/// The number of seeds within which every bug must be found. Most bugs need a few seeds. The rarest bug shows in one of
/// some hundred runs, and every change of the code changes the runs.
const BUG_SEEDS: u64 = 500;

/// A seed that showed each of these bugs when this list was written. A change of the code changes the runs, so a seed need
/// not show its bug any longer; the test then looks for another one, which only takes longer. The other bugs are rare. The
/// ignored test looks for them.
const SHOWN_BY: [(Mutation, u64); 58] = [
    (Mutation::VersionConditionDropped, 2),
    (Mutation::VersionSkipped, 0),
    (Mutation::AcknowledgedBeforeWrite, 1),
    (Mutation::ThrottleTakenForSuccess, 7),
    (Mutation::KeysForgotten, 4),
    (Mutation::SnapshotKeysForgotten, 4),
    (Mutation::SnapshotKeysLimited, 4),
    (Mutation::SnapshotKeysShortLived, 20),
    (Mutation::KeyOfAnyOperator, 2),
    (Mutation::KeyLostOnTheWay, 0),
    (Mutation::PreconditionIgnored, 12),
    (Mutation::PricesNeverRefreshed, 0),
    (Mutation::GapWrittenOver, 5),
    (Mutation::DuplicatesApplied, 2),
    (Mutation::MarkerApart, 2),
    (Mutation::MarkerUnconditional, 5),
    (Mutation::PublishedOverGap, 2),
    (Mutation::PublishedAfterCheckpoint, 0),
    (Mutation::FailedEntriesForgotten, 10),
    (Mutation::PublishedOnlyOnce, 11),
    (Mutation::ReactionKeyedByDelivery, 14),
    (Mutation::ReactionReportsEarly, 10),
    (Mutation::ReactionRemembersOnly, 4),
    (Mutation::ReactionToAnotherType, 2),
    (Mutation::ReplayNotMarked, 2),
    (Mutation::ReplayPageSkipped, 16),
    (Mutation::CheckpointPastFailure, 0),
    (Mutation::FilterOfAnotherCategory, 0),
    (Mutation::NewTypeSkipped, 6),
    (Mutation::DeathTakenForSuccess, 11),
    (Mutation::LettersDiscarded, 14),
    (Mutation::TrimmedBatchTakenForDone, 20),
    (Mutation::LeaseIgnored, 4),
    (Mutation::LeaseNeverEnds, 0),
    (Mutation::LeaseKept, 0),
    (Mutation::TimelineNotCompared, 2),
    (Mutation::ChangeLost, 3),
    (Mutation::PostingsLost, 1),
    (Mutation::HistoryEventsTogether, 1),
    (Mutation::UnwrittenForgotten, 8),
    (Mutation::UnreadForgotten, 4),
    (Mutation::PagesNotFollowed, 0),
    (Mutation::LoadInconsistent, 3),
    (Mutation::PageAfterTime, 7),
    (Mutation::ViewInTwoWrites, 14),
    (Mutation::BackfillInconsistent, 32),
    (Mutation::WaitIgnored, 3),
    (Mutation::SegmentSkipped, 4),
    (Mutation::SegmentCutShort, 6),
    (Mutation::RebuildBegunEarly, 161),
    (Mutation::ScanInconsistent, 32),
    (Mutation::SecondGenerationUnfed, 4),
    (Mutation::ResumedPastCheckpoint, 20),
    (Mutation::RebuildThrottleIgnored, 32),
    (Mutation::CutOverNotStrict, 73),
    (Mutation::IncompleteGenerationRead, 4),
    (Mutation::KnowledgeNeverRefreshed, 8),
    (Mutation::SecondGenerationFailureIgnored, 8),
];

#[test]
fn every_planted_bug_of_the_list_is_found() {
    let is_shown = |bug: Mutation, seed| run(seed, Some(bug), false).violation.is_some();
    let missed: Vec<_> = SHOWN_BY
        .into_iter()
        .filter(|(bug, seed)| !is_shown(*bug, *seed) && first_failure(0..BUG_SEEDS, *bug).is_none())
        .collect();
    assert!(missed.is_empty(), "not found within {BUG_SEEDS} seeds: {missed:?}");
}

#[test]
#[ignore = "takes minutes for each bug; `.ci/run --all` runs it"]
fn every_rare_planted_bug_is_found() {
    let is_listed = |bug: &Mutation| SHOWN_BY.iter().any(|(listed, _)| listed == bug);
    let rare = Mutation::all().iter().filter(|bug| !is_listed(bug));
    let missed: Vec<_> = rare.filter(|bug| first_failure(0..BUG_SEEDS, **bug).is_none()).collect();
    assert!(missed.is_empty(), "not found within {BUG_SEEDS} seeds: {missed:?}");
}

#[test]
fn a_seed_always_gives_the_same_run() {
    for seed in 0..8 {
        let (once, again) = (run(seed, None, true), run(seed, None, true));
        assert_eq!(once.lines, again.lines, "seed {seed}");
        assert_eq!(once, again, "seed {seed}");
        assert!(once.calls > 50, "seed {seed} has {} calls", once.calls);
    }
}

#[test]
fn seeds_differ() {
    assert_ne!(run(0, None, false).digest, run(1, None, false).digest);
}

#[test]
fn the_line_of_a_failure_reproduces_it() {
    for mutation in [Mutation::KeyLostOnTheWay, Mutation::ChangeLost, Mutation::SecondGenerationUnfed] {
        let line = first_failure(0..60, mutation).unwrap().to_string();
        let (violation, command) = line.split_once(" … cargo simulate ").unwrap();
        let again = Command::new(env!("CARGO_BIN_EXE_simulation")).args(command.split(' ')).output().unwrap();
        let output = String::from_utf8(again.stdout).unwrap();
        assert!(!again.status.success() && output.contains(violation), "{line}\n{output}");
    }
}

/// The number of seeds in which runs with a rebuild are looked for. About half of the runs have a rebuild, and these
/// are more than enough for every kind of interruption.
const REBUILD_SEEDS: u64 = 30;

#[test]
fn rebuilds_are_interrupted_and_cut_over_under_load() {
    let all: Vec<CutOverReport> =
        (0..REBUILD_SEEDS).filter_map(|seed| run(seed, None, false).cut_over_report).collect();
    let number =
        |is: fn(&CutOverReport) -> bool| all.iter().filter(|cut_over_report| is(cut_over_report)).count();
    assert!(number(|_| true) > 5, "{all:?}");
    assert!(
        number(|cut_over_report| cut_over_report.cut_off > 0 && cut_over_report.cut_overs > 0) > 0,
        "{all:?}"
    );
    assert!(
        number(|cut_over_report| cut_over_report.cut_overs > 1 && cut_over_report.commands_meanwhile > 0) > 0,
        "{all:?}"
    );
}
