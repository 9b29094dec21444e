//! Some hundreds of runs; `cargo simulate` runs as many as one likes.

use simulation::runs;

/// How many; each takes most of a second of one core, unoptimized.
const SEEDS: u64 = 200;

#[test]
fn nothing_is_lost_double_or_untrue() {
    let failures: Vec<_> = runs(0..SEEDS, None).iter().map(ToString::to_string).collect();
    assert!(failures.is_empty(), "{} of {SEEDS} seeds:\n{}", failures.len(), failures.join("\n"));
}
