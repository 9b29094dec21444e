//! A seed is a run: the same calls at the same times with the same answers, whatever ran before it and beside it.

use simulation::run;

#[test]
fn a_seed_always_does_the_same() {
    for seed in 0..6 {
        let (once, again) = (run(seed, None, true), run(seed, None, true));
        assert_eq!(once.lines, again.lines, "seed {seed}");
        assert_eq!((once.digest, once.calls), (again.digest, again.calls), "seed {seed}");
        assert!(once.calls > 50, "seed {seed} has {} calls", once.calls);
    }
}

#[test]
fn seeds_differ() {
    assert_ne!(run(0, None, false).digest, run(1, None, false).digest);
}
