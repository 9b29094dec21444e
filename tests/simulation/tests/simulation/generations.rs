//! Rebuilds happen as they are meant to: cut off in the middle, and cut over to while everybody goes on.

use simulation::{Changeover, run};

/// More than enough to meet each of it.
const SEEDS: u64 = 30;

#[test]
fn rebuilds_are_cut_off_and_cut_over_to_under_load() {
    let all: Vec<Changeover> = (0..SEEDS).filter_map(|seed| run(seed, None, false).changeover).collect();
    let number = |is: fn(&Changeover) -> bool| all.iter().filter(|changeover| is(changeover)).count();
    assert!(number(|_| true) > 5, "{all:?}");
    assert!(number(|changeover| changeover.cut_off > 0 && changeover.cut_overs > 0) > 0, "{all:?}");
    assert!(
        number(|changeover| changeover.cut_overs > 1 && changeover.commands_meanwhile > 0) > 0,
        "{all:?}"
    );
}
