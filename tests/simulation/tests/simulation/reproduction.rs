//! A seed is a run: the same calls at the same times with the same answers, whatever ran before it and beside it.

use std::process::Command;

use simulation::{Mutation, first_failure, run};

#[test]
fn a_seed_always_does_the_same() {
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
fn the_line_of_a_failure_shows_it_again() {
    for mutation in [Mutation::KeyLostOnTheWay, Mutation::ChangeLost, Mutation::SecondGenerationUnfed] {
        let line = first_failure(0..60, mutation).unwrap().to_string();
        let (violation, command) = line.split_once(" … cargo simulate ").unwrap();
        let again = Command::new(env!("CARGO_BIN_EXE_simulation")).args(command.split(' ')).output().unwrap();
        let told = String::from_utf8(again.stdout).unwrap();
        assert!(!again.status.success() && told.contains(violation), "{line}\n{told}");
    }
}
